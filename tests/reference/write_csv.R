# Full-precision output shared by the reference scripts: 17 significant digits give back the same double.
wald_rows <- function(case, level, log_estimate, error) {
  z <- qnorm(.975)
  data.frame(case = case, measure = "ratio", level = level, estimate = exp(log_estimate), std_error = error,
             conf_low = exp(log_estimate - z * error), conf_high = exp(log_estimate + z * error),
             p_value = 2 * pnorm(-abs(log_estimate / error)))
}
write_full <- function(rows, file) {
  numeric <- vapply(rows, is.double, logical(1))
  rows[numeric] <- lapply(rows[numeric], function(x) ifelse(is.na(x), "", formatC(x, digits = 17, format = "g", width = 1)))
  write.csv(rows, file, row.names = FALSE, quote = FALSE)
}
