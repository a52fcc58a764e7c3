# Reference for restricted_means: survfit (multi-state), the time in each state up to a limit and its infinitesimal jackknife
# from residuals(type = "auc", weighted = TRUE). se(rmean) of summary.survfit 3.5.3 cannot be used: it forgets the weights
# (checked below by moving them), and agrees where there are none.
# Run from this folder after gradient_data.R: Rscript restricted_means.R
# Written with R 4.2.2, survival 3.5.3.
suppressMessages(library(survival))
source("write_csv.R")
d <- read.csv("gradient_data.csv", stringsAsFactors = FALSE)
d$row <- seq_len(nrow(d)); d$ones <- 1
d$years <- (d$days - (d$row * 7919) %% 6001 / 1000) / 365.25 # hardly a tie
d$state <- factor(d$event, 0:2, c("censored", "event", "competing"))

curve <- function(here, entry) {
  if (entry) survfit(Surv(entry_days, time, state) ~ 1, here, id = row, weights = w)
  else survfit(Surv(time, state) ~ 1, here, id = row, weights = w)
}
rows <- NULL
for (time in c("days", "years")) for (group in c("sex", "education")) for (entry in c(FALSE, TRUE))
  for (weighted in c(FALSE, TRUE)) for (limit in c(91, 200, 364)) {
    if (time == "years" && entry) next
    d$time <- d[[time]]; d$w <- if (weighted) d$weight else d$ones; d$g <- d[[group]]
    until <- if (time == "days") limit else limit / 365.25
    for (level in unique(d$g)) {
      here <- d[d$g == level, ]
      fit <- curve(here, entry)
      table <- summary(fit, rmean = until)$table
      moved <- residuals(fit, times = until, type = "auc", weighted = TRUE)
      rows <- rbind(rows, data.frame(
        case = paste(time, group, if (entry) "entry" else "no_entry", if (weighted) "weighted" else "plain", limit, sep = ":"),
        level = level, outcome = c("free", "event", "competing"), estimate = as.vector(table[, "rmean"]),
        std_error = as.vector(sqrt(colSums(moved^2)))))
    }
  }
write_full(rows, "restricted_means.csv")

# the error by definition, weights moved one by one, for the level of education with fewest persons
here <- d[d$education == "unknown", ]; here$time <- here$days; here$w <- here$weight
moved <- sapply(seq_len(nrow(here)), function(i) {
  areas <- sapply(c(1, -1), function(side) {
    here$w[i] <- here$w[i] + side * 1e-4
    summary(curve(here, TRUE), rmean = 200)$table[, "rmean"]
  })
  (areas[, 1] - areas[, 2]) / 2e-4 * here$w[i]
})
kept <- rows[rows$case == "days:education:entry:weighted:200" & rows$level == "unknown", "std_error"]
stopifnot(all.equal(as.vector(sqrt(rowSums(moved^2))), kept, tolerance = 1e-6))
