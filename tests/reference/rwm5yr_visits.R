# Reference for notebook 91: doctor visits in the German health survey rwm5yr (R package COUNT, GPL: not stored here) by
# education, five years per person at most. The data come as for rwm5yr.R.
# Run from this folder: Rscript rwm5yr_visits.R rwm5yr.csv
# Written with R 4.2.2, MASS 7.3.58, pscl 1.5.5, sandwich 3.0.2, splines 4.2.2.
suppressMessages({library(sandwich); library(splines); library(MASS); library(pscl)})
source("write_csv.R"); source("counts_functions.R")
d <- read.csv(commandArgs(trailingOnly = TRUE)[1])
stopifnot(nrow(d) == 19609, sum(d$docvis) == 62282)
d$edlevel <- factor(d$edlevel, levels = 1:4)
terms <- c(crude = "edlevel", adjusted = "edlevel + bs(age, df = 4) + female + factor(year)")
rows <- NULL; fits <- NULL; parts <- NULL
# one file per family, since notebook 91 shows each with the same models, measures and levels
for (family in c("poisson", "quasipoisson", "negative_binomial")) {
  rows <- NULL
  for (model in names(terms)) {
    fit <- fit_counts(as.formula(paste("docvis ~", terms[[model]])), d, family, rep(1, nrow(d)))
    v <- covariance_of(fit, family, FALSE, if (family == "quasipoisson") NULL else d$id)
    rows <- rbind(rows, ratio_rows(model, fit, v, 1:4), mean_rows(model, fit, v, d, "none", NULL, 1:4))
    if (family != "quasipoisson") fits <- rbind(fits, fit_row(paste(model, family, sep = ":"), fit, d$docvis))
  }
  write_full(rows, paste0("rwm5yr_visits_", family, ".csv"))
}
for (family in c("poisson", "negative_binomial")) for (model in names(terms)) {
  fit <- hurdle(as.formula(paste("docvis ~", terms[[model]])), data = d, dist = if (family == "poisson") "poisson" else "negbin",
                control = hurdle.control(reltol = 1e-15, maxit = 100000))
  b <- coef(fit); v <- vcov(fit)
  fits <- rbind(fits, hurdle_fit_row(paste(model, paste0("hurdle_", family), sep = ":"), fit, d$docvis))
  if (family == "negative_binomial") for (part in c("zero", "count")) {
    here <- paste0(part, "_edlevel", 2:4)
    part_rows <- wald_rows(model, 2:4, b[here], sqrt(diag(v))[here])
    part_rows$measure <- if (part == "zero") "odds_ratio" else "rate_ratio"
    parts <- rbind(parts, part_rows)
  }
}
write_full(parts, "rwm5yr_visits_hurdle.csv"); write_full(fits, "rwm5yr_visits_fits.csv")
