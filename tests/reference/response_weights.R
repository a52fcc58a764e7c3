# Reference for response_weights and the errors that count their estimation: three glm, weights, weighted lm, and all
# estimating equations stacked, their derivatives by central differences; and a nonparametric bootstrap.
# Run from this folder: Rscript response_weights.R
# Written with R 4.2.2, splines 4.2.2.
source("write_csv.R")
suppressMessages(library(splines))
levels3 <- c("short", "medium", "long")
tight <- glm.control(epsilon = 1e-15, maxit = 100)

# 480 invented persons: forms are given less often with short education and in some departments, returned less often with
# a low first score; a few have a second form without a first.
set.seed(20231)
n <- 480
d <- data.frame(education = sample(levels3, n, TRUE, c(.4, .35, .25)), sex = rbinom(n, 1, .6), age = round(rnorm(n, 62, 11)),
                department = sample(c("d1", "d2", "d3"), n, TRUE))
e <- match(d$education, levels3)
before <- round(55 + 5 * e - .2 * (d$age - 62) + rnorm(n, 0, 18))
after <- round(before + 2 + 3 * e - .25 * (before - 60) + rnorm(n, 0, 14))
d$given <- rbinom(n, 1, plogis(-.2 + .35 * e + .5 * (d$department == "d2") - .02 * (d$age - 62)))
d$returned_baseline <- d$given * rbinom(n, 1, plogis(1.3 + .2 * d$sex))
d$returned_followup <- ifelse(d$returned_baseline == 1, rbinom(n, 1, plogis(.4 + .02 * (before - 60) + .2 * e)), rbinom(n, 1, .08))
d$score_baseline <- ifelse(d$returned_baseline == 1, before, NA)
d$score_followup <- ifelse(d$returned_followup == 1, after, NA)
write.csv(d, "response_data.csv", row.names = FALSE, quote = FALSE, na = "")
d$education <- factor(d$education, levels = levels3)

formulas <- list(given ~ education + bs(age, df = 4) + department, returned_baseline ~ education + sex + age,
                 returned_followup ~ education + score_baseline + sex)
steps <- c("given", "returned_baseline", "returned_followup")

# the models, each among those with 1 in every step before
fitted_steps <- function(d) {
  here <- rep(TRUE, nrow(d)); out <- list()
  for (k in 1:3) {
    fit <- suppressWarnings(glm(formulas[[k]], family = binomial, data = d[here, ], control = tight))
    out[[k]] <- list(at_risk = which(here), x = model.matrix(fit), y = fit$y, b = coef(fit))
    here <- here & d[[steps[k]]] == 1
  }
  out
}
# weights at coefficients and marginal shares, for limits of the unstabilised weights that are given
weights_at <- function(models, coefficients, shares, stabilised, limits, n) {
  w <- rep(1, n)
  for (k in 1:3) w[models[[k]]$at_risk] <- w[models[[k]]$at_risk] / plogis(drop(models[[k]]$x %*% coefficients[[k]]))
  w <- pmin(pmax(w, limits[1]), limits[2])
  all <- rep(FALSE, n); last <- models[[3]]; all[last$at_risk[last$y == 1]] <- TRUE
  ifelse(all, w, 0) * if (stabilised) prod(shares) else 1
}
limits_of <- function(models, truncate, n) {
  if (is.null(truncate)) return(c(0, Inf))
  w <- weights_at(models, lapply(models, `[[`, "b"), c(1, 1, 1), FALSE, c(0, Inf), n)
  quantile(w[w > 0], truncate, names = FALSE)
}
x_of <- list(level = function(d) model.matrix(~ 0 + education, d), adjusted = function(d) model.matrix(~ education + sex + I(age - 62), d))

analyse <- function(d, stabilised, truncate, which, errors = TRUE) {
  n <- nrow(d); models <- fitted_steps(d); limits <- limits_of(models, truncate, n)
  shares <- sapply(models, function(m) mean(m$y))
  w <- weights_at(models, lapply(models, `[[`, "b"), shares, stabilised, limits, n)
  x <- x_of[[which]](d); change <- ifelse(w > 0, d$score_followup - d$score_baseline, 0)
  d$w <- w; d$change <- change
  fit <- lm(change ~ 0 + x, weights = w, subset = w > 0, data = d)
  if (!errors) return(unname(coef(fit)))
  sizes <- sapply(models, function(m) length(m$b))
  # all contributions (n, parameters) at theta = (beta, shares, coefficients of each step)
  contributions <- function(theta) {
    beta <- theta[seq_len(ncol(x))]; pi <- theta[ncol(x) + 1:3]
    at <- split(theta[-seq_len(ncol(x) + 3)], rep(1:3, sizes))
    w <- weights_at(models, at, pi, stabilised, limits, n)
    parts <- list(w * x * drop(change - x %*% beta))
    for (k in 1:3) { m <- models[[k]]; part <- rep(0, n); part[m$at_risk] <- m$y - pi[k]; parts[[1 + k]] <- part }
    for (k in 1:3) {
      m <- models[[k]]; part <- matrix(0, n, sizes[k])
      part[m$at_risk, ] <- m$x * (m$y - plogis(drop(m$x %*% at[[k]]))); parts[[4 + k]] <- part
    }
    do.call(cbind, parts)
  }
  theta <- c(unname(coef(fit)), shares, unlist(lapply(models, `[[`, "b")))
  bread <- sapply(seq_along(theta), function(j) {
    step <- 1e-5 * max(1, abs(theta[j])); up <- down <- theta; up[j] <- up[j] + step; down[j] <- down[j] - step
    colSums(contributions(up) - contributions(down)) / (2 * step)
  })
  inverse <- solve(bread, tol = 1e-25)
  covariance <- inverse %*% crossprod(contributions(theta)) %*% t(inverse)
  known <- solve(crossprod(x * sqrt(w)))
  data.frame(parameter = colnames(x), estimate = unname(coef(fit)), std_error = sqrt(diag(covariance))[seq_len(ncol(x))],
             std_error_known = sqrt(diag(known %*% crossprod(w * x * drop(change - x %*% coef(fit))) %*% known)))
}

truncations <- list(none = NULL, one = c(.01, .99), ten = c(.1, .9))
columns <- list(); rows <- list()
for (stabilised in c(TRUE, FALSE)) for (t in names(truncations)) {
  case <- paste(if (stabilised) "stabilised" else "plain", t, sep = ":")
  models <- fitted_steps(d); shares <- sapply(models, function(m) mean(m$y))
  columns[[case]] <- weights_at(models, lapply(models, `[[`, "b"), shares, stabilised, limits_of(models, truncations[[t]], n), n)
  for (which in names(x_of)) rows[[paste(case, which)]] <- cbind(case = case, analysis = which, analyse(d, stabilised, truncations[[t]], which))
}
write_full(as.data.frame(columns, check.names = FALSE), "response_weights.csv")
write_full(do.call(rbind, rows), "response_means.csv")

# the whole procedure on 2,000 samples drawn from the persons
set.seed(20232)
draws <- t(replicate(2000, analyse(d[sample(n, n, TRUE), ], TRUE, NULL, "level", errors = FALSE)))
write_full(data.frame(level = levels3, std_error = apply(draws, 2, sd)), "response_bootstrap.csv")
