# Reference for rubin and pool: mice::pool.scalar for estimates Q, variances U, complete-data degrees of freedom n - k.
# Run from this folder: Rscript pooling.R
# Written with R 4.2.2, mice 3.15.0. lambda is (1 + 1/m) b / t, as mice::pool reports it.
suppressMessages(library(mice))
source("write_csv.R")
set.seed(1999)
cases <- list(
  five_large = list(Q = c(1.9, 2.4, 2.1, 1.5, 2.6), U = c(.81, .77, .9, .85, .8), n = Inf, k = 1),
  five_small = list(Q = c(1.9, 2.4, 2.1, 1.5, 2.6), U = c(.81, .77, .9, .85, .8), n = 19, k = 3),
  two = list(Q = c(-.2, .3), U = c(.04, .05), n = 76, k = 8),
  little = list(Q = 10 + (1:20) / 20, U = rep(4, 20) + (1:20) / 10, n = 2000, k = 12),
  much = list(Q = rnorm(50, 3, 2), U = rexp(50), n = 40, k = 4),
  hundred = list(Q = rnorm(100, 0, .5), U = rchisq(100, 30) / 90, n = Inf, k = 1))
one <- function(name) {
  x <- cases[[name]]
  p <- pool.scalar(x$Q, x$U, n = x$n, k = x$k)
  data.frame(case = name, imputation = seq_along(x$Q), q = x$Q, u = x$U, df_complete = x$n - x$k, estimate = p$qbar,
             within = p$ubar, between = p$b, variance = p$t, df = p$df, riv = p$r, fmi = p$fmi,
             lambda = (1 + 1 / p$m) * p$b / p$t)
}
rows <- do.call(rbind, lapply(names(cases), one))
rows$df_complete <- ifelse(is.infinite(rows$df_complete), NA, rows$df_complete)  # an empty cell: infinite
write_full(rows, "pooling.csv")
