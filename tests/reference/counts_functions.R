# Count models in R, shared by counts.R and rwm5yr_visits.R; write_csv.R is sourced before.
tight <- glm.control(epsilon = 1e-15, maxit = 200)

# theta where the score given mu is zero; MASS::theta.ml stops early and loses its way with counts in the thousands
best_theta <- function(y, mu, w, near) {
  score <- function(a) { th <- exp(a); sum(w * (digamma(th + y) - digamma(th) + log(th) + 1 - log(th + mu) - (y + th) / (mu + th))) }
  exp(uniroot(score, log(near) + c(-1, 1), extendInt = "yes", tol = 1e-15)$root)
}
# negative binomial: glm and theta by turns until theta stands still. glm.nb (which stops earlier, and is lost with counts
# in the thousands) is what it is compared with.
fit_counts <- function(formula, data, family, w, compare = TRUE) {
  data$w <- w; environment(formula) <- environment()
  if (family != "negative_binomial") return(suppressWarnings(glm(formula, family = family, data = data, weights = w, control = tight)))
  data$begin <- predict(suppressWarnings(glm(formula, family = poisson, data = data, weights = w)))
  theta <- 0.5
  for (turn in 1:200) {
    fit <- suppressWarnings(glm(formula, family = negative.binomial(theta), data = data, weights = w, control = tight, etastart = begin))
    before <- theta; data$begin <- log(fitted(fit))
    theta <- best_theta(fit$y, fitted(fit), w, theta)
    if (abs(theta / before - 1) < 1e-13) break
  }
  if (compare) {
    glm_nb <- suppressWarnings(glm.nb(formula, data = data, weights = w, etastart = begin))
    stopifnot(isTRUE(all.equal(coef(glm_nb), coef(fit), tolerance = 1e-3)), abs(glm_nb$theta / theta - 1) < 1e-4)
    v <- vcov(glm_nb); attr(fit, "theta") <- theta
    stopifnot(isTRUE(all.equal(v, bread_of(fit), tolerance = 1e-3)))
    stopifnot(any(w != 1) || abs(as.numeric(logLik(glm_nb)) - sum(dnbinom(fit$y, size = theta, mu = fitted(fit), log = TRUE))) < 1e-6)
  }
  attr(fit, "theta") <- theta
  fit
}

# inverse of the expected information given theta, at the estimate
bread_of <- function(fit) {
  x <- model.matrix(fit); mu <- fitted(fit); theta <- attr(fit, "theta")
  information <- if (is.null(theta)) mu else mu / (1 + mu / theta)
  solve(crossprod(x * sqrt(fit$prior.weights * information)))
}
covariance_of <- function(fit, family, weighted, cluster) {
  if (!is.null(cluster)) return(vcovCL(fit, cluster = cluster, type = "HC0", cadjust = FALSE))
  if (weighted || family == "poisson") return(vcovHC(fit, type = "HC0"))
  v <- bread_of(fit)
  if (family == "quasipoisson") v * sum(residuals(fit, "pearson")^2) / fit$df.residual else v
}
exposed <- function(fit) grep("^(education|edlevel)", names(coef(fit)), value = TRUE)
ratio_rows <- function(case, fit, v, levels) {
  here <- exposed(fit)
  rows <- wald_rows(case, levels[-1], coef(fit)[here], sqrt(diag(v))[here]); rows$measure <- "rate_ratio"
  rows
}

# means by prediction, delta method: everybody's own offset, or one amount for all
mean_rows <- function(case, fit, v, data, with, amount, levels, w = rep(1, nrow(data))) {
  z <- qnorm(.975); b <- coef(fit); x <- model.matrix(fit); here <- exposed(fit)
  times <- if (with != "offset") 1 else if (is.null(amount)) data$observed else amount
  if (with == "covariate" && !is.null(amount)) x[, "log(observed)"] <- log(amount)
  set_level <- function(l) { at <- x; at[, here] <- 0; if (l > 1) at[, here[l - 1]] <- 1; at }
  k <- seq_along(levels)
  predicted <- lapply(k, function(l) w * times * exp(drop(set_level(l) %*% b)) / sum(w))
  m <- sapply(predicted, sum)
  jacobian <- t(sapply(k, function(l) colSums(set_level(l) * predicted[[l]])))
  cv <- jacobian %*% v %*% t(jacobian); se <- sqrt(diag(cv))
  rows <- data.frame(case = case, measure = "mean", level = levels, estimate = m, std_error = se, conf_low = m - z * se,
                     conf_high = m + z * se, p_value = NA_real_)
  change <- m[-1] - m[1]; se <- sapply(k[-1], function(a) sqrt(cv[a, a] + cv[1, 1] - 2 * cv[a, 1]))
  rows <- rbind(rows, data.frame(case = case, measure = "mean_difference", level = levels[-1], estimate = change, std_error = se,
                                 conf_low = change - z * se, conf_high = change + z * se, p_value = 2 * pnorm(-abs(change / se))))
  se <- sapply(k[-1], function(a) sqrt(cv[a, a] / m[a]^2 + cv[1, 1] / m[1]^2 - 2 * cv[a, 1] / (m[a] * m[1])))
  ratio <- wald_rows(case, levels[-1], log(m[-1] / m[1]), se); ratio$measure <- "mean_ratio"
  rbind(rows, ratio)
}

fit_row <- function(case, fit, y) {
  theta <- attr(fit, "theta"); mu <- fitted(fit)
  value <- if (is.null(theta)) sum(dpois(y, mu, log = TRUE)) else sum(dnbinom(y, size = theta, mu = mu, log = TRUE))
  spread <- if (is.null(theta)) mu else mu + mu^2 / theta
  data.frame(case = case, aic = 2 * (length(coef(fit)) + !is.null(theta)) - 2 * value, log_likelihood = value,
             dispersion = sum((y - mu)^2 / spread) / fit$df.residual,
             zeros_expected = mean(if (is.null(theta)) dpois(0, mu) else dnbinom(0, size = theta, mu = mu)),
             theta = if (is.null(theta)) NA_real_ else theta)
}

# pscl::hurdle for estimates and model-based errors. By cluster: scores and information by numerical derivatives of the
# log-likelihood of each row, theta among the parameters, at the maximum that Newton steps lead to.
hurdle_rows <- function(case, data, count, terms, zero_terms, family, levels, cluster) {
  formula <- as.formula(paste(count, "~", terms, "|", zero_terms)); environment(formula) <- environment()
  fit <- suppressWarnings(hurdle(formula, data = data, dist = if (family == "poisson") "poisson" else "negbin",
                                 control = hurdle.control(reltol = 1e-15, maxit = 100000)))
  stopifnot(fit$converged)
  v <- vcov(fit); b <- coef(fit)
  rows_from <- function(name, b, v) {
    zero <- grep("^zero_(education|edlevel)", names(b)); number <- grep("^count_(education|edlevel)", names(b))
    odds <- wald_rows(name, levels[-1], b[zero], sqrt(diag(v))[zero]); odds$measure <- "odds_ratio"
    rate <- wald_rows(name, levels[-1], b[number], sqrt(diag(v))[number]); rate$measure <- "rate_ratio"
    rbind(odds, rate)
  }
  rows <- rows_from(paste(case, "independent", sep = ":"), b, v)
  y <- data[[count]]
  x <- model.matrix(fit, model = "count"); z <- model.matrix(fit, model = "zero")
  log_observed <- function(text) if (grepl("offset\\(log\\(observed\\)\\)", text)) log(data$observed) else rep(0, nrow(data))
  oc <- log_observed(terms); oz <- log_observed(zero_terms); nx <- ncol(x); nz <- ncol(z)
  per_row <- function(p) {
    mu <- exp(drop(x %*% p[1:nx]) + oc); eta <- drop(z %*% p[nx + 1:nz]) + oz
    if (family == "poisson") { f <- dpois(y, mu, log = TRUE); f0 <- exp(-mu) }
    else { theta <- exp(p[nx + nz + 1]); f <- dnbinom(y, size = theta, mu = mu, log = TRUE); f0 <- dnbinom(0, size = theta, mu = mu) }
    ifelse(y == 0, plogis(-eta, log.p = TRUE), plogis(eta, log.p = TRUE) + f - log1p(-f0))
  }
  p <- c(fit$coefficients$count, fit$coefficients$zero, if (family != "poisson") log(fit$theta))
  stopifnot(abs(sum(per_row(p)) - as.numeric(logLik(fit))) < 1e-6)
  for (turn in 1:3) { scores <- jacobian(per_row, p); A <- -hessian(function(q) sum(per_row(q)), p); p <- p + solve(A, colSums(scores)) }
  scores <- jacobian(per_row, p); A <- -hessian(function(q) sum(per_row(q)), p)
  names(p) <- c(paste0("count_", colnames(x)), paste0("zero_", colnames(z)), if (family != "poisson") "theta")
  stopifnot(isTRUE(all.equal(p[seq_along(b)], b, tolerance = 1e-4)))
  groups <- rowsum(scores, cluster); inverse <- solve(A)
  list(rows = rbind(rows, rows_from(paste(case, "clustered", sep = ":"), p, inverse %*% crossprod(groups) %*% inverse)), fit = fit)
}
hurdle_fit_row <- function(case, fit, y) {
  data.frame(case = case, aic = AIC(fit), log_likelihood = as.numeric(logLik(fit)),
             dispersion = sum(residuals(fit, "pearson")^2) / fit$df.residual, zeros_expected = mean(predict(fit, type = "prob", at = 0:1)[, 1]),
             theta = if (is.null(fit$theta)) NA_real_ else as.numeric(fit$theta))
}
pooled <- function(chance, last) c(colSums(chance[, 1:last]), nrow(chance) - sum(chance[, 1:last]))
