# Reference for standardised_incidence: coxph twice (Efron), Breslow jumps, errors by a delta method written out here with
# numerical derivatives (coefficients: the jumps are made anew at each; jumps: one by one); and, for the estimates, survfit
# of one multi-state coxph.
# Run from this folder after gradient_data.R: Rscript incidence_standardised.R   (about two minutes)
# Written with R 4.2.2, survival 3.5.3, splines 4.2.2.
suppressMessages({library(survival); library(splines)})
source("write_csv.R")
levels4 <- c("basic", "vocational", "higher", "unknown")
d <- read.csv("gradient_data.csv", stringsAsFactors = FALSE)
d$education <- factor(d$education, levels = levels4)
d$row <- seq_len(nrow(d))
d$years <- (d$days - (d$row * 7919) %% 6001 / 1000) / 365.25 # hardly a tie
d$state <- factor(d$event, 0:2, c("censored", "event", "competing"))
tight <- coxph.control(eps = 1e-14, iter.max = 50, toler.chol = 1e-16)

cause <- function(k, right, d, time, entry) {
  d$happened <- as.integer(d$event == k); d$t <- d[[time]]
  left <- if (entry) "Surv(entry_days, t, happened)" else "Surv(t, happened)"
  fit <- coxph(as.formula(paste(left, "~", right)), d, ties = "efron", control = tight)
  x <- model.matrix(as.formula(paste("~", right)), d)[, -1, drop = FALSE]
  start <- if (entry) d$entry_days else rep(-1, nrow(d))
  times <- sort(unique(d$t[d$happened == 1]))
  risk <- outer(times, seq_len(nrow(d)), function(s, i) start[i] < s & d$t[i] >= s)
  deaths <- sapply(times, function(s) sum(d$t == s & d$happened == 1))
  jump <- function(b) deaths / as.vector(risk %*% exp(x %*% b))
  list(b = coef(fit), V = fit$var, x = x, times = times, jump = jump, variance = jump(coef(fit))^2 / deaths)
}
# model matrix of everybody with one level of the exposure; splines keep the knots of the data
set_level <- function(x, exposure, levels, a) {
  for (l in levels[-1]) x[, paste0(exposure, l)] <- as.numeric(l == a)
  x
}
average <- function(x1, x2, b1, b2, j1, j2, t1, t2, horizon) {
  grid <- sort(unique(c(t1, t2))); grid <- grid[grid <= horizon]
  put <- function(t, j) { v <- numeric(length(grid)); k <- match(t, grid); v[k[!is.na(k)]] <- j[!is.na(k)]; v }
  h1 <- outer(as.vector(exp(x1 %*% b1)), put(t1, j1)); h2 <- outer(as.vector(exp(x2 %*% b2)), put(t2, j2))
  free <- rep(1, nrow(x1)); risk <- 0
  for (s in seq_along(grid)) {
    h <- h1[, s] + h2[, s]
    risk <- risk + free * h1[, s]
    free <- free * (1 - h)
  }
  mean(risk)
}
slope <- function(f, at, step) {
  sapply(seq_along(at), function(i) {
    up <- down <- at; up[i] <- at[i] + step[i]; down[i] <- at[i] - step[i]
    (f(up) - f(down)) / (2 * step[i])
  })
}
rows_of <- function(case, horizon, exposure, levels, one, two) {
  L <- length(levels)
  worlds <- rbind(cbind(levels, levels), cbind(levels, levels[1]))
  x1 <- lapply(worlds[, 1], function(a) set_level(one$x, exposure, levels, a))
  x2 <- lapply(worlds[, 2], function(a) set_level(two$x, exposure, levels, a))
  j1 <- one$jump(one$b); j2 <- two$jump(two$b)
  risks <- function(b1, b2, j1, j2) mapply(function(u, v) average(u, v, b1, b2, j1, j2, one$times, two$times, horizon), x1, x2)
  R <- risks(one$b, two$b, j1, j2)
  G1 <- slope(function(b) risks(b, two$b, one$jump(b), j2), one$b, rep(1e-5, length(one$b)))
  G2 <- slope(function(b) risks(one$b, b, j1, two$jump(b)), two$b, rep(1e-5, length(two$b)))
  J1 <- slope(function(j) risks(one$b, two$b, j, j2), j1, j1 * 1e-3)
  J2 <- slope(function(j) risks(one$b, two$b, j1, j), j2, j2 * 1e-3)
  C <- G1 %*% one$V %*% t(G1) + G2 %*% two$V %*% t(G2) + J1 %*% (one$variance * t(J1)) + J2 %*% (two$variance * t(J2))
  z <- qnorm(.975); out <- NULL
  add <- function(measure, level, stratum, estimate, error, low, high, p)
    out <<- rbind(out, data.frame(case = case, at = as.double(horizon), stratum = stratum, measure = measure, level = level, estimate = estimate,
                                  std_error = error, conf_low = low, conf_high = high, p_value = p))
  for (w in 0:1) {
    name <- c("death=own", "death=reference")[w + 1]; r <- R[w * L + 1:L]; c <- C[w * L + 1:L, w * L + 1:L]
    for (a in 1:L) {
      e <- sqrt(c[a, a]); s <- z * e / (r[a] * (1 - r[a]))
      add("risk", levels[a], name, r[a], e, plogis(qlogis(r[a]) - s), plogis(qlogis(r[a]) + s), NA)
    }
    for (a in 2:L) {
      e <- sqrt(c[a, a] + c[1, 1] - 2 * c[a, 1]); D <- r[a] - r[1]
      add("risk_difference", levels[a], name, D, e, D - z * e, D + z * e, 2 * pnorm(-abs(D / e)))
    }
    for (a in 2:L) {
      g <- c(1 / r[a], -1 / r[1]); e <- sqrt(g %*% c[c(a, 1), c(a, 1)] %*% g); l <- log(r[a] / r[1])
      add("risk_ratio", levels[a], name, exp(l), e, exp(l - z * e), exp(l + z * e), 2 * pnorm(-abs(l / e)))
    }
  }
  for (a in 2:L) {
    g <- numeric(2 * L); g[a] <- 1; g[1] <- -1; g[L + a] <- -1; g[L + 1] <- 1
    P <- sum(g * R); e <- sqrt(g %*% C %*% g)
    add("survival_part", levels[a], "", P, e, P - z * e, P + z * e, 2 * pnorm(-abs(P / e)))
  }
  out
}

rows <- NULL
right <- list(crude = "education", adjusted = "education + bs(age, df = 4) + sex + factor(year)")
for (model in names(right)) for (entry in c(FALSE, TRUE)) for (horizon in c(90, 300)) {
  one <- cause(1, right[[model]], d, "days", entry); two <- cause(2, right[[model]], d, "days", entry)
  rows <- rbind(rows, rows_of(paste("education", model, if (entry) "entry" else "no_entry", sep = ":"), horizon, "education", levels4, one, two))
}
some <- d[d$row %% 3 == 0, ]; some$sex <- factor(some$sex, c("male", "female")) # two levels, time in years, no ties
one <- cause(1, "sex + age", some, "years", FALSE); two <- cause(2, "sex + age", some, "years", FALSE)
rows <- rbind(rows, rows_of("sex:age:no_entry", .5, "sex", c("male", "female"), one, two))
write_full(rows, "incidence_standardised.csv")

# another way to the estimates: one multi-state model, predicted for everybody with each level
second <- NULL
for (entry in c(FALSE, TRUE)) {
  fit <- if (entry) coxph(Surv(entry_days, days, state) ~ education + age + sex, d, id = row, control = tight)
         else coxph(Surv(days, state) ~ education + age + sex, d, id = row, control = tight)
  for (level in levels4) {
    all <- d; all$education <- factor(level, levels4)
    s <- survfit(fit, newdata = all, p0 = c(1, 0, 0), ctype = 1, stype = 1, se.fit = FALSE)
    for (horizon in c(90, 300)) {
      k <- max(which(s$time <= horizon))
      second <- rbind(second, data.frame(entry = if (entry) "entry" else "no_entry", level = level, at = as.double(horizon),
                                         estimate = mean(s$pstate[k, , match("event", s$states)])))
    }
  }
}
write_full(second, "incidence_multistate.csv")
