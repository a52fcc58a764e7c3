# Reference for standardised_response: t.test, a delta method by numerical derivatives, the noncentral t distribution.
# Run from this folder after mixed_model.R: Rscript sizes.R
# Written with R 4.2.2, numDeriv 2016.8.1.1.
library(numDeriv)
source("write_csv.R")
d <- read.csv("mixed_data.csv", stringsAsFactors = FALSE)
d$change <- d$score_2 - d$score_1
z <- function(df) qt(.975, df)
rows <- NULL
for (level in c("short", "medium", "long", "")) {
  x <- d$change[!is.na(d$change) & (level == "" | d$education == level)]
  n <- length(x); s2 <- var(x); tt <- t.test(x); reach <- z(n - 1)
  # of the mean and the variance of a normal sample, which are independent
  covariance <- diag(c(s2 / n, 2 * s2^2 / (n - 1)))
  delta <- function(f) { g <- grad(f, c(mean(x), s2)); sqrt(as.numeric(g %*% covariance %*% g)) }
  log_error <- delta(function(p) log(p[2]) / 2); ratio_error <- delta(function(p) p[1] / sqrt(p[2])); ratio <- mean(x) / sqrt(s2)
  exact <- sapply(c(.975, .025), function(p)
    suppressWarnings(uniroot(function(ncp) pt(ratio * sqrt(n), n - 1, ncp) - p, c(-6, 8), tol = 1e-10))$root / sqrt(n)) # far-off trial values
  rows <- rbind(rows, data.frame(
    measure = c("mean", "standard_deviation", "standardised_response_mean"), level = level,
    estimate = c(tt$estimate, sqrt(s2), ratio), std_error = c(tt$stderr, sqrt(s2) * log_error, ratio_error),
    conf_low = c(tt$conf.int[1], sqrt(s2) * exp(-reach * log_error), ratio - reach * ratio_error),
    conf_high = c(tt$conf.int[2], sqrt(s2) * exp(reach * log_error), ratio + reach * ratio_error),
    df = n - 1, exact_low = c(NA, NA, exact[1]), exact_high = c(NA, NA, exact[2])))
}
write_full(rows, "sizes.csv")
