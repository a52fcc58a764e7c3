# Reference for rate_ratios, standardised_means, hurdle, count_fits and rootogram: glm, MASS::glm.nb, pscl::hurdle,
# sandwich, and numerical derivatives (numDeriv) of a likelihood written out here.
# Run from this folder after gradient_data.R: Rscript counts.R
# Written with R 4.2.2, MASS 7.3.58, pscl 1.5.5, sandwich 3.0.2, numDeriv 2016.8.1.
suppressMessages({library(sandwich); library(splines); library(MASS); library(pscl); library(numDeriv)})
source("write_csv.R")
source("counts_functions.R")
levels4 <- c("basic", "vocational", "higher", "unknown")
d <- read.csv("gradient_data.csv", stringsAsFactors = FALSE)
d$education <- factor(d$education, levels = levels4)

# visits: 30 % structural zeros and more spread than Poisson, growing less than in proportion to the days observed;
# crowds: the same in thousands, zeros among them.
set.seed(20171)
n <- nrow(d)
d$observed <- ifelse(runif(n) < .6, 180, sample(1:179, n, replace = TRUE))
effect <- c(basic = 0, vocational = .15, higher = .4, unknown = -.2)[as.character(d$education)]
level <- exp(1.1 + effect + .01 * (d$age - 64) + .7 * log(d$observed / 180) + rep(rnorm(420, sd = .3), 3)[as.integer(factor(d$person))])
d$visits <- rbinom(n, 1, plogis(1 + effect)) * rnbinom(n, size = 1.5, mu = level)
d$crowds <- rbinom(n, 1, .8) * rnbinom(n, size = 2, mu = 1200 * level)
write.csv(d[, c("visits", "crowds", "observed")], "counts_data.csv", row.names = FALSE, quote = FALSE)

right <- list(crude = "education", adjusted = "education + bs(age, df = 4) + sex + factor(year)")
offsets <- c(none = "", offset = " + offset(log(observed))", covariate = " + log(observed)")
ratios <- NULL; means <- NULL; fits <- NULL; hurdles <- NULL; expected <- NULL
for (model in names(right)) for (with in names(offsets)) {
  terms <- paste0(right[[model]], offsets[[with]])
  formula <- as.formula(paste("visits ~", terms))
  for (family in c("poisson", "quasipoisson", "negative_binomial")) for (weighted in c(FALSE, TRUE)) for (cluster in c(FALSE, TRUE)) {
    case <- paste(model, family, with, if (weighted) "weighted" else "plain", if (cluster) "clustered" else "independent", sep = ":")
    w <- if (weighted) d$weight / mean(d$weight) else rep(1, n)
    fit <- fit_counts(formula, d, family, w)
    v <- covariance_of(fit, family, weighted, if (cluster) d$person)
    ratios <- rbind(ratios, ratio_rows(case, fit, v, levels4))
    if (!weighted) {
      means <- rbind(means, mean_rows(paste(case, "own", sep = ":"), fit, v, d, with, NULL, levels4))
      if (with != "none") means <- rbind(means, mean_rows(paste(case, "at90", sep = ":"), fit, v, d, with, 90, levels4))
    } else if (with == "offset") means <- rbind(means, mean_rows(paste(case, "own", sep = ":"), fit, v, d, with, NULL, levels4, w))
    if (!weighted && !cluster && family != "quasipoisson") fits <- rbind(fits, fit_row(paste(model, with, family, sep = ":"), fit, d$visits))
  }
  for (family in c("poisson", "negative_binomial")) {
    for (zeros in if (with == "none") FALSE else c(FALSE, TRUE)) {
      zero_terms <- if (zeros) terms else right[[model]]
      made <- hurdle_rows(paste(model, family, with, if (zeros) "both" else "positive", sep = ":"), d, "visits", terms, zero_terms,
                          family, levels4, d$person)
      hurdles <- rbind(hurdles, made$rows)
      if (!zeros) fits <- rbind(fits, hurdle_fit_row(paste(model, with, paste0("hurdle_", family), sep = ":"), made$fit, d$visits))
      if (!zeros && with == "offset") expected <- rbind(expected, data.frame(case = paste(model, paste0("hurdle_", family), sep = ":"),
        at = 0:6, expected = pooled(predict(made$fit, type = "prob", at = 0:max(d$visits)), 6)))
    }
  }
  if (with == "offset") for (family in c("poisson", "negative_binomial")) {
    fit <- fit_counts(formula, d, family, rep(1, n)); mu <- fitted(fit)
    chance <- sapply(0:5, function(k) if (family == "poisson") dpois(k, mu) else dnbinom(k, size = attr(fit, "theta"), mu = mu))
    expected <- rbind(expected, data.frame(case = paste(model, family, sep = ":"), at = 0:6, expected = c(colSums(chance), n - sum(chance))))
  }
}
# counts in the thousands
for (family in c("poisson", "negative_binomial")) {
  fit <- fit_counts(as.formula(paste("crowds ~", right$adjusted, offsets[["offset"]])), d, family, rep(1, n), compare = FALSE)
  v <- covariance_of(fit, family, FALSE, NULL)
  ratios <- rbind(ratios, ratio_rows(paste("crowds", family, "offset:plain:independent", sep = ":"), fit, v, levels4))
  made <- hurdle_rows(paste("crowds", family, "offset:positive", sep = ":"), d, "crowds", paste0(right$adjusted, offsets[["offset"]]),
                      right$adjusted, family, levels4, d$person)
  hurdles <- rbind(hurdles, made$rows)
}
write_full(ratios, "counts_rate_ratios.csv"); write_full(means, "counts_means.csv"); write_full(fits, "counts_fits.csv")
write_full(hurdles, "counts_hurdle.csv"); write_full(expected, "counts_rootogram.csv")
