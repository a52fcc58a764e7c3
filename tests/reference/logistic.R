# Reference for odds_ratios and standardised_risks: glm, sandwich, brglm2, and a delta method written out here.
# Run from this folder after gradient_data.R: Rscript logistic.R
# Written with R 4.2.2, sandwich 3.0.2, brglm2 0.9, splines 4.2.2.
suppressMessages({library(sandwich); library(brglm2); library(splines)})
source("write_csv.R")
levels4 <- c("basic", "vocational", "higher", "unknown")
d <- read.csv("gradient_data.csv", stringsAsFactors = FALSE)
d$education <- factor(d$education, levels = levels4)
d$ones <- 1
tight <- glm.control(epsilon = 1e-15, maxit = 100)
z <- qnorm(.975)
models <- list(
  crude = referred ~ education,
  adjusted = referred ~ education + bs(age, df = 4) + sex + factor(year),
  interaction = referred ~ education + sex * bs(age, df = 4)
)

fit_glm <- function(formula, weights) {
  environment(formula) <- environment()
  suppressWarnings(glm(formula, family = binomial, data = d, weights = weights, control = tight))
}
covariance <- function(fit, weighted, cluster) {
  if (cluster) vcovCL(fit, cluster = d$person, type = "HC0", cadjust = FALSE)
  else if (weighted) vcovHC(fit, type = "HC0")
  else { # summary.glm uses the weights of the last iteration but one: recompute at the estimate
    x <- model.matrix(fit); p <- plogis(drop(x %*% coef(fit))); solve(crossprod(x * sqrt(p * (1 - p))))
  }
}
ratios <- function(case, fit, v) {
  here <- paste0("education", levels4[-1])
  wald_rows(case, levels4[-1], coef(fit)[here], sqrt(diag(v))[here])
}

# Standardised risks. fixed: J V J'. sampled: both estimating equations stacked, by cluster when there is one.
risks <- function(case, fit, v, w, sampled, cluster) {
  b <- coef(fit); x <- model.matrix(fit); p <- plogis(drop(x %*% b))
  predicted <- sapply(levels4, function(l) {
    at <- x; at[, paste0("education", levels4[-1])] <- 0
    if (l != levels4[1]) at[, paste0("education", l)] <- 1
    plogis(drop(at %*% b))
  })
  jacobian <- t(sapply(levels4, function(l) {
    at <- x; at[, paste0("education", levels4[-1])] <- 0
    if (l != levels4[1]) at[, paste0("education", l)] <- 1
    colSums(at * w * predicted[, l] * (1 - predicted[, l])) / sum(w)
  }))
  r <- colSums(predicted * w) / sum(w)
  if (sampled) {
    bread <- solve(crossprod(x * sqrt(w * p * (1 - p))))
    influence <- sweep(predicted, 2, r) * w / sum(w) + (x * w * (d$referred - p)) %*% bread %*% t(jacobian)
    if (cluster) influence <- rowsum(influence, d$person)
    cv <- crossprod(influence)
  } else cv <- jacobian %*% v %*% t(jacobian)
  se <- sqrt(diag(cv)); se_logit <- se / (r * (1 - r))
  out <- data.frame(case = case, measure = "risk", level = levels4, estimate = r, std_error = se,
                    conf_low = plogis(qlogis(r) - z * se_logit), conf_high = plogis(qlogis(r) + z * se_logit), p_value = NA_real_)
  difference <- r[-1] - r[1]
  se <- sapply(2:4, function(a) sqrt(cv[a, a] + cv[1, 1] - 2 * cv[a, 1]))
  out <- rbind(out, data.frame(case = case, measure = "risk_difference", level = levels4[-1], estimate = difference, std_error = se,
                               conf_low = difference - z * se, conf_high = difference + z * se, p_value = 2 * pnorm(-abs(difference / se))))
  log_ratio <- log(r[-1] / r[1])
  se <- sapply(2:4, function(a) sqrt(cv[a, a] / r[a]^2 + cv[1, 1] / r[1]^2 - 2 * cv[a, 1] / (r[a] * r[1])))
  rr <- wald_rows(case, levels4[-1], log_ratio, se); rr$measure <- "risk_ratio"
  rbind(out, rr)
}

odds <- NULL; standardised <- NULL; likelihood <- NULL
for (model in names(models)) for (weighted in c(FALSE, TRUE)) for (cluster in c(FALSE, TRUE)) {
  case <- paste(model, if (weighted) "weighted" else "plain", if (cluster) "clustered" else "independent", sep = ":")
  w <- if (weighted) d$weight else d$ones
  fit <- fit_glm(models[[model]], w)
  v <- covariance(fit, weighted, cluster)
  odds <- rbind(odds, ratios(case, fit, v))
  for (sampled in c(FALSE, TRUE)) {
    name <- paste(case, if (sampled) "sampled" else "fixed", sep = ":")
    standardised <- rbind(standardised, risks(name, fit, v, w, sampled, cluster))
  }
  if (!weighted && !cluster) likelihood <- rbind(likelihood, data.frame(case = case, log_likelihood = as.numeric(logLik(fit)), aic = AIC(fit)))
}

# Firth: the level `unknown` has no event in `rare`, and with the first 150 rows the others have few.
for (rows in c(150, nrow(d))) {
  part <- d[seq_len(rows), ]
  fit <- glm(rare ~ education + age + sex, family = binomial, data = part, method = "brglmFit", type = "AS_mean",
             control = list(epsilon = 1e-14, maxit = 1000))
  x <- model.matrix(fit); p <- plogis(drop(x %*% coef(fit)))
  odds <- rbind(odds, ratios(paste0("firth:", rows), fit, solve(crossprod(x * sqrt(p * (1 - p))))))
  stopifnot(isTRUE(all.equal(vcov(fit), solve(crossprod(x * sqrt(p * (1 - p)))), tolerance = 1e-6)))
}
write_full(odds, "odds_ratios.csv"); write_full(standardised, "standardised_risks.csv"); write_full(likelihood, "logistic_likelihood.csv")
