# Reference for fit_mixed: nlme::gls with an unstructured covariance; Satterthwaite's degrees of freedom, and errors from
# the information about coefficients and covariance together, by numerical derivatives of a restricted likelihood that
# is written out here, person by person.
# Run from this folder: Rscript mixed_model.R (about two minutes)
# Written with R 4.2.2, nlme 3.1.162, numDeriv 2016.8.1.1.
suppressMessages({library(nlme); library(numDeriv)})
source("write_csv.R")
set.seed(1976)
levels3 <- c("short", "medium", "long")
n <- 90
people <- data.frame(id = seq_len(n), education = sample(levels3, n, TRUE, c(.45, .4, .15)), age = round(rnorm(n, 62, 9)))
root <- chol(matrix(c(400, 220, 150, 220, 500, 300, 150, 300, 450), 3))
mean_of <- 60 + 4 * match(people$education, levels3) - .2 * (people$age - 62)
complete <- round(mean_of + rep(c(0, 4, 6), each = n) + matrix(rnorm(3 * n), n) %*% root, 1)
# Who has a low first score comes back less often; some have no first score; some have none at all.
gone <- cbind(runif(n) < .15, runif(n) < plogis(-.5 - (complete[, 1] - 65) / 20), runif(n) < .35)
seen <- complete; seen[gone] <- NA
colnames(complete) <- paste0("complete_", 1:3); colnames(seen) <- paste0("score_", 1:3)
write_full(cbind(people, complete, seen), "mixed_data.csv")

long <- function(scores, occasions) {
  d <- data.frame(people[rep(seq_len(n), length(occasions)), ], occ = rep(seq_along(occasions), each = n),
                  score = as.vector(scores[, occasions]))
  d$occasion <- factor(d$occ); d$education <- factor(d$education, levels = levels3)
  d <- d[!is.na(d$score), ]
  d[order(d$id, d$occ), ]
}

# The restricted log-likelihood, and the covariance of the coefficients, at theta = lower triangle of sigma by row.
pieces <- function(theta, d, x, b = NULL) {
  k <- max(d$occ); sigma <- matrix(0, k, k); sigma[upper.tri(sigma, TRUE)] <- theta
  sigma[lower.tri(sigma)] <- t(sigma)[lower.tri(sigma)]
  m <- 0; right <- 0; log_volume <- 0; rows <- split(seq_len(nrow(d)), d$id)
  w <- lapply(rows, function(r) solve(sigma[d$occ[r], d$occ[r], drop = FALSE]))
  for (i in seq_along(rows)) {
    r <- rows[[i]]; xi <- x[r, , drop = FALSE]
    m <- m + t(xi) %*% w[[i]] %*% xi; right <- right + t(xi) %*% w[[i]] %*% d$score[r]
    log_volume <- log_volume + as.numeric(determinant(sigma[d$occ[r], d$occ[r], drop = FALSE])$modulus)
  }
  if (is.null(b)) b <- solve(m, right)
  res <- d$score - x %*% b; distance <- 0
  for (i in seq_along(rows)) distance <- distance + t(res[rows[[i]]]) %*% w[[i]] %*% res[rows[[i]]]
  value <- -((nrow(x) - ncol(x)) * log(2 * pi) + log_volume + as.numeric(determinant(m)$modulus) + distance) / 2
  list(value = as.numeric(value), covariance = solve(m), coefficients = as.vector(b))
}

# Newton with numerical derivatives, from what gls found, until nothing moves.
settle <- function(theta, d, x) {
  value <- function(s) pieces(theta * s, d, x)$value
  for (step in 1:6) {
    move <- solve(hessian(value, rep(1, length(theta))), grad(value, rep(1, length(theta))))
    theta <- theta * (1 - move)
    if (max(abs(move)) < 1e-10) break
  }
  theta
}

# The covariance of the coefficients from the Hessian by all parameters at once, of the likelihood before the coefficients
# are profiled out, the log determinant of the restricted likelihood kept.
jointly <- function(theta, d, x) {
  best <- pieces(theta, d, x); scale <- sqrt(diag(best$covariance)); p <- length(scale)
  value <- function(s) pieces(theta * (1 + s[-seq_len(p)]), d, x, best$coefficients + scale * s[seq_len(p)])$value
  inverse <- solve(-hessian(value, rep(0, p + length(theta)), method.args = list(d = .01, eps = .01)))
  inverse[seq_len(p), seq_len(p)] * outer(scale, scale)
}

# The same as a function of theta, for its derivatives: C + J I^-1 J', J how the coefficients move with theta.
moving <- function(theta, d, x) {
  one <- rep(1, length(theta))
  j <- jacobian(function(s) pieces(theta * s, d, x)$coefficients, one)
  i <- -hessian(function(s) pieces(theta * s, d, x)$value, one)
  pieces(theta, d, x)$covariance + j %*% solve(i, t(j))
}

coefficients <- NULL; covariances <- NULL; fits <- NULL
cases <- list("two" = list(seen, 1:2), "three" = list(seen, 1:3), "complete" = list(complete, 1:2),
              "complete_three" = list(complete, 1:3))
for (case in names(cases)) {
  d <- long(cases[[case]][[1]], cases[[case]][[2]]); k <- max(d$occ)
  fit <- gls(score ~ occasion * (education + age), data = d, correlation = corSymm(form = ~ occ | id),
             weights = varIdent(form = ~ 1 | occasion), method = "REML",
             control = glsControl(tolerance = 1e-13, msTol = 1e-15, maxIter = 500, msMaxIter = 1000, opt = "nlminb"))
  spread <- fit$sigma * c(1, coef(fit$modelStruct$varStruct, unconstrained = FALSE)[as.character(2:k)])
  correlation <- diag(k); correlation[lower.tri(correlation)] <- coef(fit$modelStruct$corStruct, unconstrained = FALSE)
  correlation <- correlation + t(correlation) - diag(k)
  sigma_gls <- correlation * outer(spread, spread)
  # Stacked occasion after occasion, as fit_mixed has them: the same model without contrasts between occasions.
  x <- model.matrix(~ education + age, d)
  stacked <- do.call(cbind, lapply(seq_len(k), function(o) x * (d$occ == o)))
  # gls's own coefficients and errors in that order
  into <- t(sapply(seq_len(k * ncol(x)), function(j) {
    o <- (j - 1) %/% ncol(x) + 1; name <- colnames(x)[(j - 1) %% ncol(x) + 1]
    own <- if (name == "(Intercept)") "(Intercept)" else name
    more <- if (name == "(Intercept)") paste0("occasion", o) else paste0("occasion", o, ":", name)
    as.numeric(names(coef(fit)) == own) + if (o > 1) as.numeric(names(coef(fit)) == more) else 0
  }))
  theta <- settle(sigma_gls[upper.tri(sigma_gls, TRUE)], d, stacked)
  best <- pieces(theta, d, stacked)
  information <- -hessian(function(s) pieces(theta * s, d, stacked)$value, rep(1, length(theta)))
  q <- ncol(x)
  contrasts <- rbind(diag(k * q), cbind(-diag(q), matrix(0, q, q * (k - 2)), diag(q)))  # then the last less the first
  df <- apply(contrasts, 1, function(l) {
    v <- function(s) as.numeric(t(l) %*% pieces(theta * s, d, stacked)$covariance %*% l)
    g <- grad(v, rep(1, length(theta))); 2 * v(rep(1, length(theta)))^2 / as.numeric(t(g) %*% solve(information, g))
  })
  together <- jointly(theta, d, stacked)
  joint_df <- NA_real_
  if (case == "two") { # wide central differences of what is itself a numerical derivative: good to 1e-4 or so
    one <- rep(1, length(theta)); h <- .02
    v <- function(s) apply(contrasts, 1, function(l) t(l) %*% moving(theta * s, d, stacked) %*% l)
    g <- sapply(seq_along(theta), function(k) {
      along <- function(by) { at <- one; at[k] <- 1 + by; v(at) }
      (8 * (along(h) - along(-h)) - along(2 * h) + along(-2 * h)) / (12 * h)
    })
    joint_df <- 2 * v(one)^2 / apply(g, 1, function(gl) gl %*% solve(information, gl))
  }
  coefficients <- rbind(coefficients, data.frame(
    case = case, term = c(paste(rep(seq_len(k), each = q), colnames(x)), paste("change", colnames(x))),
    gls_estimate = as.vector(contrasts %*% into %*% coef(fit)),
    gls_std_error = sqrt(diag(contrasts %*% into %*% vcov(fit) %*% t(into) %*% t(contrasts))),
    estimate = as.vector(contrasts %*% best$coefficients),
    std_error = sqrt(diag(contrasts %*% best$covariance %*% t(contrasts))), df = df,
    joint_std_error = sqrt(diag(contrasts %*% together %*% t(contrasts))), joint_df = joint_df))
  at <- which(upper.tri(sigma_gls, TRUE), arr.ind = TRUE)
  covariances <- rbind(covariances, data.frame(case = case, row = at[, "col"], column = at[, "row"],
    gls = sigma_gls[upper.tri(sigma_gls, TRUE)], sigma = theta))
  fits <- rbind(fits, data.frame(case = case, gls_log_likelihood = as.numeric(logLik(fit)), log_likelihood = best$value,
    persons = length(unique(d$id)), scores = nrow(d)))
  cat(case, max(abs(theta / sigma_gls[upper.tri(sigma_gls, TRUE)] - 1)), best$value - as.numeric(logLik(fit)), "\n")
}
write_full(coefficients, "mixed_coefficients.csv"); write_full(covariances, "mixed_sigma.csv"); write_full(fits, "mixed_fits.csv")
