# Reference for counted_route: prop.test without correction (Wilson), poisson.test (exact), and bounds by trying every
# table of whole numbers that gives the printed percentages, with every education of the unknown and of those reached.
# Run from this folder: Rscript job_centre.R   (R 4.2.2)
source("write_csv.R")
rows <- NULL
add <- function(case, estimate, error, limits) rows <<- rbind(rows, data.frame(case = case, estimate = estimate,
  std_error = error, conf_low = limits[1], conf_high = limits[2]))
for (pair in list(c(46, 199), c(30, 153), c(1, 12), c(0, 153), c(12, 12))) {
  k <- pair[1]; n <- pair[2]; p <- k / n
  add(paste("share", k, n, sep = ":"), p, sqrt(p * (1 - p) / n), suppressWarnings(prop.test(k, n, correct = FALSE))$conf.int)
}
for (pair in list(c(36, 31), c(30, 31), c(0, 30), c(1, 6))) { # events, months
  k <- pair[1]; years <- pair[2] / 12
  add(paste("rate", k, pair[2], sep = ":"), k / years, sqrt(k) / years, poisson.test(k, T = years)$conf.int)
}
n <- 153; reached <- 46
percent <- c(basic = 42, upper_secondary = 8, vocational = 24, short_higher = 3, medium_higher = 10, long_higher = 5, unknown = 8)
tables <- expand.grid(lapply(percent, function(p) Filter(function(k) abs(100 * k / n - p) <= .5, 0:n)))
tables <- tables[rowSums(tables) == n, ]
bound <- function(case, values) add(case, NA, NA, range(values))
others <- n - tables$basic - tables$unknown
bound("count:basic", tables$basic); bound("count:not_basic", others); bound("count:unknown", tables$unknown)
basic <- unique(unlist(Map(function(b, u) b + 0:u, tables$basic, tables$unknown)))
bound("either:basic", basic); bound("either:not_basic", n - basic)
every <- expand.grid(basic = basic, x = 0:reached) # x of those reached have basic education
level <- every$x / (every$basic + every$x)
other <- (reached - every$x) / (n - every$basic + reached - every$x)
bound("share:basic", level); bound("share:not_basic", other); bound("difference", level - other)
write_full(rows, "job_centre.csv")
