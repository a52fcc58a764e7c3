# Reference for monitoring: prop.test without correction (Wilson), Newcombe's method 10 written out, poisson.test (exact),
# interpolated exact binomial limits by qbinom and pbinom (Spiegelhalter 2005), winsorised dispersion, the
# limits of Anhoej and Olesen, and glm for a step with and without a trend.
# Run from this folder: Rscript monitoring.R   (R 4.2.2)
source("write_csv.R")
rows <- NULL
add <- function(case, low, high) rows <<- rbind(rows, data.frame(case = case, conf_low = low, conf_high = high))
wilson <- function(k, n, level = .95) suppressWarnings(prop.test(k, n, conf.level = level, correct = FALSE))$conf.int
pairs <- list(c(0, 1), c(1, 1), c(1, 2), c(3, 7), c(0, 12), c(12, 12), c(18, 20), c(27, 30), c(45, 50), c(61, 64), c(433, 500))
for (pair in pairs) for (level in c(.95, .998)) {
  limits <- wilson(pair[1], pair[2], level)
  add(paste("wilson", pair[1], pair[2], level, sep = ":"), limits[1], limits[2])
}
for (four in list(c(18, 20, 12, 20), c(27, 30, 45, 50), c(0, 9, 3, 11), c(9, 9, 3, 11), c(5, 8, 5, 8))) {
  p <- four[1] / four[2]; q <- four[3] / four[4]
  own <- wilson(four[1], four[2]); other <- wilson(four[3], four[4])
  add(paste(c("newcombe", four), collapse = ":"), p - q - sqrt((p - own[1])^2 + (other[2] - q)^2),
      p - q + sqrt((own[2] - p)^2 + (q - other[1])^2))
}
for (k in c(0, 1, 3, 12, 71, 128)) { # persons referred, beside 64.4 expected
  limits <- poisson.test(k, T = 64.4)$conf.int
  add(paste("coverage", k, sep = ":"), limits[1], limits[2])
}
write_full(rows, "monitoring_limits.csv")

limit <- function(p, n, target) {
  r <- qbinom(p, n, target); here <- pbinom(r, n, target)
  (r - (here - p) / (here - pbinom(r - 1, n, target))) / n
}
lines <- expand.grid(n = c(1, 2, 5, 10, 17, 20, 33, 50, 64, 100, 500), target = c(.05, .5, .9, .97), level = c(.95, .998, .9973),
                     dispersion = c(1, 2.3))
bounded <- function(tail) with(lines, pmin(1, pmax(0, target + (mapply(limit, tail, n, target) - target) * sqrt(dispersion))))
lines$conf_low <- bounded((1 - lines$level) / 2); lines$conf_high <- bounded((1 + lines$level) / 2)
write_full(lines, "monitoring_funnel.csv")

# 14 units in two periods: how many in time, how many due, the tails of each around the share of all
units <- data.frame(unit = rep(sprintf("m%02d", 1:14), each = 2), period = rep(c("2024-H1", "2024-H2"), 14),
  events = c(18, 20, 27, 25, 44, 41, 9, 12, 30, 28, 13, 15, 22, 17, 50, 55, 8, 7, 33, 36, 21, 24, 16, 19, 40, 38, 5, 11),
  n = c(20, 23, 30, 31, 50, 44, 12, 13, 32, 35, 13, 21, 24, 26, 54, 60, 9, 12, 36, 44, 23, 24, 25, 22, 42, 44, 6, 12))
share <- sum(units$events) / sum(units$n)
units$few <- pbinom(units$events, units$n, share)
units$many <- pbinom(units$events - 1, units$n, share, lower.tail = FALSE)
write_full(units, "monitoring_units.csv")
z <- function(target) (units$events / units$n - target) / sqrt(target * (1 - target) / units$n)
winsorised <- function(z, q) { ends <- quantile(z, c(q, 1 - q), type = 7); mean(pmin(pmax(z, ends[1]), ends[2])^2) }
spread <- expand.grid(target = c(share, .9, .6), winsorised = c(0, .1, .25))
spread$dispersion <- mapply(function(target, q) winsorised(z(target), q), spread$target, spread$winsorised)
write_full(spread, "monitoring_dispersion.csv")
m <- 2:60
write_full(data.frame(useful = m, longest_run_limit = round(log2(m)) + 3, crossings_limit = qbinom(.05, m - 1, .5)), "monitoring_runs.csv")

# referrals of four years, a measure that began on 2022-01-01
set.seed(2022)
received <- sort(as.Date("2020-01-01") + sample(0:1460, 240))
years <- as.numeric(received - as.Date("2022-01-01")) / 365.25; after <- as.integer(years >= 0)
in_time <- rbinom(240, 1, plogis(.7 + .2 * years + .6 * after))
write.csv(data.frame(received = received, in_time = in_time), "monitoring_series.csv", row.names = FALSE, quote = FALSE)
strict <- glm.control(epsilon = 1e-14, maxit = 100)
step <- function(case, formula) {
  fit <- glm(formula, binomial, control = strict)
  wald_rows(case, "after", coef(fit)["after"], sqrt(vcov(fit)["after", "after"]))
}
write_full(rbind(step("crude", in_time ~ after), step("trend", in_time ~ after + years)), "monitoring_steps.csv")

# persons referred beside those expected at four levels of education: the two ends of the line in the ridit of the expected
ladder <- function(case, k, e) {
  x <- (cumsum(e) - e / 2) / sum(e)
  fit <- glm(k ~ x, poisson, offset = log(e), epsilon = 1e-12)
  v <- vcov(fit); low <- exp(coef(fit)[[1]]); high <- exp(sum(coef(fit))); turn <- c(high - low, high)
  data.frame(case = case, slope = high - low, slope_error = sqrt(drop(turn %*% v %*% turn)),
             ratio = high / low, log_ratio_error = sqrt(v[2, 2]))
}
write_full(rbind(ladder("graded", c(21, 44, 37, 16), c(48.4, 71.2, 40.4, 12.8)),
                 ladder("few", c(3, 0, 9, 2), c(9.6, 7.2, 10, 0.8)),
                 ladder("reversed", c(210, 340, 95, 20), c(300.4, 611.2, 240, 80))), "monitoring_ladder.csv")
