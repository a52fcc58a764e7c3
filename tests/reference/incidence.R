# Reference for cumulative_incidence: survival::survfit (multi-state, infinitesimal jackknife, log-log limits), and the
# point estimates of cmprsk::cuminc as a second opinion.
# Run from this folder after gradient_data.R: Rscript incidence.R
# Written with R 4.2.2, survival 3.5.3, cmprsk 2.2.11.
suppressMessages({library(survival); library(cmprsk)})
source("write_csv.R")
d <- read.csv("gradient_data.csv", stringsAsFactors = FALSE)
d$row <- seq_len(nrow(d)); d$ones <- 1; d$all <- "all"
d$years <- (d$days - (d$row * 7919) %% 6001 / 1000) / 365.25 # hardly a tie
d$state <- factor(d$event, 0:2, c("censored", "event", "competing"))

at <- c(0, 14, 50, 84, 91, 180, 300, 420)
rows <- NULL
for (time in c("days", "years")) for (group in c("all", "sex", "education"))
  for (entry in c(FALSE, TRUE)) for (weighted in c(FALSE, TRUE)) {
    if (time == "years" && entry) next # entry at the whole day may lie beyond an end that was moved
    d$time <- d[[time]]; d$w <- if (weighted) d$weight else d$ones; d$g <- d[[group]]
    grid <- if (time == "days") at else at / 365.25
    for (level in unique(d$g)) {
      here <- d[d$g == level, ]
      fit <- if (entry) survfit(Surv(entry_days, time, state) ~ 1, here, id = row, weights = w, conf.type = "log-log")
             else survfit(Surv(time, state) ~ 1, here, id = row, weights = w, conf.type = "log-log")
      inside <- grid[grid <= max(here$time)]
      s <- summary(fit, times = inside)
      risk <- if (entry) sapply(inside, function(t) sum(here$entry_days < t & here$time >= t)) else sapply(inside, function(t) sum(here$time >= t))
      for (cause in c("event", "competing")) {
        k <- match(cause, fit$states)
        rows <- rbind(rows, data.frame(
          case = paste(time, group, if (entry) "entry" else "no_entry", if (weighted) "weighted" else "plain", sep = ":"),
          level = level, outcome = cause, at = inside, estimate = s$pstate[, k], std_error = s$std.err[, k],
          conf_low = s$lower[, k], conf_high = s$upper[, k], at_risk = as.double(risk)))
      }
    }
  }
write_full(rows, "incidence.csv")

# every event time of all persons, at=NULL
fit <- survfit(Surv(entry_days, days, state) ~ 1, d, id = row, weights = weight, conf.type = "log-log")
moved <- rowSums(fit$n.event) > 0
every <- NULL
for (cause in c("event", "competing")) {
  k <- match(cause, fit$states)
  every <- rbind(every, data.frame(outcome = cause, at = as.double(fit$time[moved]), estimate = fit$pstate[moved, k],
    std_error = fit$std.err[moved, k], conf_low = fit$lower[moved, k], conf_high = fit$upper[moved, k]))
}
write_full(every, "incidence_every_time.csv")

# cuminc: another author's code for the estimates (its errors are another formula, Aalen's)
second <- NULL
for (level in unique(d$education)) {
  here <- d[d$education == level, ]
  found <- timepoints(cuminc(here$days, here$event), at[at > 0 & at <= max(here$days)])$est
  second <- rbind(second, data.frame(level = level, outcome = rep(c("event", "competing"), ncol(found)),
    at = rep(as.double(colnames(found)), each = 2), estimate = as.vector(found)))
}
write_full(second, "incidence_cuminc.csv")
