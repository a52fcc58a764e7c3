# Writes change_data.csv (400 invented persons, about half without a follow-up score) and change.csv, which
# tests/estimate/change compares with. Run in this folder: Rscript change.R. R 4.2.2, emmeans 1.8.4.1, nlme 3.1.162.
#
# Complete cases: lm of the change on education (and age, sex), as it is ("change") or with the baseline as a covariate
# ("ancova"); means at each level by emmeans with covariates at their means and sexes in proportion to their numbers.
# Mixed model: nlme::gls with unstructured covariance, REML; the change of each level and its contrasts by hand.
suppressMessages({library(emmeans); library(nlme)})
source("write_csv.R")
set.seed(1971)
n <- 400
levels <- c("basic", "vocational", "higher", "unknown")
education <- factor(sample(levels, n, TRUE, c(.3, .35, .25, .1)), levels)
step <- c(0, 1, 2, .5)[as.integer(education)]
age <- round(rnorm(n, 62 - 2 * step, 10), 1)
sex <- sample(c("female", "male"), n, TRUE, c(.55, .45))
baseline <- round(58 + 3 * step - .1 * (age - 60) + rnorm(n, 0, 18), 1)
followup <- round(baseline + 5 + step - .4 * (baseline - 60) + .05 * (age - 60) + rnorm(n, 0, 14), 1)
given <- rbinom(n, 1, plogis(.9 - .02 * (age - 60)))
returned_baseline <- given * rbinom(n, 1, plogis(1.6 + .3 * step))
returned_followup <- returned_baseline * rbinom(n, 1, plogis(.6 + .3 * step + .03 * (baseline - 60)))
late <- given * (1 - returned_baseline) * rbinom(n, 1, .4)
baseline[returned_baseline == 0] <- NA
followup[returned_followup == 0 & late == 0] <- NA
data <- data.frame(education, age, sex, given, returned_baseline, returned_followup, baseline, followup)
write_full(data, "change_data.csv")

rows <- function(case, means, contrasts, df) {
  table <- rbind(
    data.frame(measure = "mean", level = means$level, estimate = means$estimate, std_error = means$SE),
    data.frame(measure = "mean_difference", level = contrasts$level, estimate = contrasts$estimate,
               std_error = contrasts$SE))
  reach <- qt(.975, df) * table$std_error
  data.frame(case = case, table, conf_low = table$estimate - reach, conf_high = table$estimate + reach, df = df)
}
pairs <- data[!is.na(data$baseline + data$followup), ]
pairs$change <- pairs$followup - pairs$baseline
complete <- function(case, formula) {
  fit <- lm(formula, pairs)
  grid <- emmeans(fit, "education", weights = "proportional")
  s <- as.data.frame(summary(grid)); k <- as.data.frame(summary(contrast(grid, "trt.vs.ctrl1")))
  rows(case, data.frame(level = levels, estimate = s$emmean, SE = s$SE),
       data.frame(level = levels[-1], estimate = k$estimate, SE = k$SE), fit$df.residual)
}
long <- data.frame(id = rep(seq_len(n), 2), data[rep(seq_len(n), 2), c("education", "age", "sex")],
                   occasion = factor(rep(1:2, each = n)), score = c(data$baseline, data$followup))
long <- long[!is.na(long$score), ]; long$occ <- as.integer(long$occasion)
mixed <- function(case, formula, at) {
  fit <- gls(formula, long, correlation = corSymm(form = ~ occ | id), weights = varIdent(form = ~ 1 | occasion),
             method = "REML", control = glsControl(tolerance = 1e-12, msTol = 1e-12, maxIter = 500, msMaxIter = 500))
  design <- function(level, occasion) {
    grid <- cbind(at, education = factor(level, levels), occasion = factor(occasion, 1:2), row.names = NULL)
    colMeans(model.matrix(update(formula, NULL ~ .), grid))
  }
  change <- t(sapply(levels, function(level) design(level, 2) - design(level, 1)))
  contrast <- change[-1, ] - change[rep(1, 3), ]
  value <- function(m) data.frame(level = rownames(m), estimate = as.vector(m %*% coef(fit)),
                                  SE = sqrt(diag(m %*% vcov(fit) %*% t(m))))
  rows(case, value(change), value(contrast), Inf)
}
everybody <- data[, c("age", "sex")]
write_full(rbind(
  complete("complete_cases:change:crude", change ~ education),
  complete("complete_cases:change:adjusted", change ~ education + age + sex),
  complete("complete_cases:ancova:crude", change ~ education + baseline),
  complete("complete_cases:ancova:adjusted", change ~ education + age + sex + baseline),
  mixed("mixed_model:change:crude", score ~ occasion * education, everybody),
  mixed("mixed_model:change:adjusted", score ~ occasion * (education + age + sex), everybody)), "change.csv")
