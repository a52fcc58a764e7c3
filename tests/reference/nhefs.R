# Reference for notebook 91: weight in 1971 and 1982 of the 1,629 smokers of NHEFS (National Health and Nutrition
# Examination Survey I Epidemiologic Follow-up Study), 63 of whom were not weighed in 1982. From the Python package
# causaldata, the optional extra [real]:
#   python -c "import causaldata; causaldata.nhefs.load_pandas().data.to_csv('nhefs.csv', index=False)"
# Run from this folder: Rscript nhefs.R nhefs.csv (about ten seconds)
# Written with R 4.2.2, nlme 3.1.162, numDeriv 2016.8.1.1, sandwich 3.0.2.
#
# nhefs_change.csv: change by education (and age, sex), one stratum for each handling of the 63, and at equal weight in
# 1971. Limits by t: residual degrees of freedom, for the mixed model Satterthwaite's.
# nhefs_what_if.csv: change by whether smoking was given up, as Hernan and Robins, Causal Inference: What If, chapters 12
# and 13, have it; errors as rehab_stats counts them, so that limits agree with the printed ones after rounding only.
suppressMessages({library(nlme); library(numDeriv); library(sandwich)})
source("write_csv.R")
d <- read.csv(commandArgs(trailingOnly = TRUE)[1])
stopifnot(nrow(d) == 1629, sum(is.na(d$wt82)) == 63, max(abs(d$wt82 - d$wt71 - d$wt82_71), na.rm = TRUE) < 1e-9)
levels5 <- c("grade 8 or less", "no diploma", "high school", "some college", "college degree")
d$education <- factor(levels5[d$education], levels5); d$sex <- factor(d$sex); d$quit <- factor(c("no", "yes")[d$qsmk + 1])
d$weighed <- as.integer(!is.na(d$wt82)); d$change <- d$wt82_71
for (column in c("race", "exercise", "active")) d[[column]] <- factor(d[[column]])
tight <- glm.control(epsilon = 1e-15, maxit = 100)

# Means of the levels, c b with covariance c v c', then differences from the first level.
level_table <- function(case, levels, c, b, v, df) {
  k <- rbind(diag(length(levels)), cbind(-1, diag(length(levels) - 1))) %*% c
  spread <- sqrt(diag(k %*% v %*% t(k))); estimate <- as.vector(k %*% b); df <- if (is.function(df)) df(k) else df
  p <- 2 * pt(-abs(estimate / spread), df); p[seq_along(levels)] <- NA
  data.frame(case = case, measure = rep(c("mean", "mean_difference"), c(length(levels), length(levels) - 1)),
             level = c(levels, levels[-1]), estimate = estimate, std_error = spread, conf_low = estimate - qt(.975, df) * spread,
             conf_high = estimate + qt(.975, df) * spread, p_value = p, df = df)
}
# The average row of the model matrix if everybody in `data` had each level; w: weights of the average.
average_rows <- function(formula, exposure, data, w = rep(1, nrow(data))) t(sapply(levels(data[[exposure]]), function(l) {
  data[[exposure]] <- factor(l, levels(data[[exposure]])); apply(model.matrix(formula, data), 2, weighted.mean, w)
}))

# lm on those weighed, standardised to them
complete <- function(case, formula, exposure) {
  both <- d[d$weighed == 1, ]; fit <- lm(update(formula, change ~ .), both)
  level_table(case, levels(d[[exposure]]), average_rows(formula, exposure, both), coef(fit), vcov(fit), fit$df.residual)
}

# Weighted lm of those weighed, standardised to everybody. Weights: one over the chance of being weighed, times `known`.
# Both estimating equations are stacked, their derivatives numerical.
weighted <- function(case, formula, exposure, step, known = rep(1, nrow(d))) {
  x <- model.matrix(formula, d); s <- model.matrix(step, d); here <- d$weighed == 1; y <- ifelse(here, d$change, 0)
  gamma <- coef(glm(update(step, weighed ~ .), binomial, d, control = tight))
  w_of <- function(g) known * here / plogis(drop(s %*% g))
  beta <- coef(lm(y ~ 0 + x, weights = w_of(gamma), subset = here))
  each <- function(theta) {
    b <- theta[seq_len(ncol(x))]; g <- theta[-seq_len(ncol(x))]
    cbind(w_of(g) * (y - drop(x %*% b)) * x, (d$weighed - plogis(drop(s %*% g))) * s)
  }
  theta <- unname(c(beta, gamma)); size <- pmax(abs(theta), 1e-2)
  bread <- jacobian(function(u) colSums(each(u * size)), theta / size) %*% diag(1 / size)
  # rows of very different size: solved with each scaled
  scale <- 1 / apply(abs(bread), 1, max); inverse <- solve(bread * scale, tol = 1e-30) %*% diag(scale)
  v <- (inverse %*% crossprod(each(theta)) %*% t(inverse))[seq_len(ncol(x)), seq_len(ncol(x))]
  many <- sum(here); df <- many - ncol(x)
  level_table(case, levels(d[[exposure]]), average_rows(formula, exposure, d, known), beta, v * many / df, df)
}

# gls of both weights, unstructured, REML; Satterthwaite's df from the restricted likelihood, written out for the two
# patterns (both weights, the first alone), its covariance parameters settled by Newton.
mixed <- function(case, formula) {
  x <- model.matrix(formula, d); p <- ncol(x); here <- d$weighed == 1
  long <- data.frame(id = rep(seq_len(nrow(d)), 2), occ = rep(1:2, each = nrow(d)), score = c(d$wt71, d$wt82), x[rep(seq_len(nrow(d)), 2), ])
  long$occasion <- factor(long$occ); long <- long[!is.na(long$score), ]; columns <- colnames(long)[3 + seq_len(p)]
  fit <- gls(as.formula(paste("score ~ 0 + (", paste(columns, collapse = "+"), "):occasion")), long,
             correlation = corSymm(form = ~ occ | id), weights = varIdent(form = ~ 1 | occasion), method = "REML",
             control = glsControl(tolerance = 1e-12, msTol = 1e-12, maxIter = 500, msMaxIter = 500))
  b <- matrix(coef(fit), p, 2); names <- outer(columns, 1:2, function(a, o) paste0(a, ":occasion", o))
  stopifnot(setequal(names, names(coef(fit)))); b[] <- coef(fit)[names]
  v <- vcov(fit)[as.vector(names), as.vector(names)]
  x2 <- crossprod(x[here, ]); x1 <- crossprod(x[!here, ])
  y2 <- cbind(d$wt71, d$wt82)[here, ]; y1 <- d$wt71[!here]
  pieces <- function(theta) {
    sigma <- matrix(theta[c(1, 2, 2, 3)], 2); w <- solve(sigma); first <- diag(c(1, 0)) / sigma[1, 1]
    m <- kronecker(w, x2) + kronecker(first, x1)
    right <- as.vector(t(x[here, ]) %*% y2 %*% w) + c(t(x[!here, ]) %*% y1 / sigma[1, 1], rep(0, p))
    beta <- solve(m, right, tol = 1e-30); each <- matrix(beta, p); r2 <- y2 - x[here, ] %*% each; r1 <- y1 - x[!here, ] %*% each[, 1]
    value <- -(sum(here) * log(det(sigma)) + sum(!here) * log(sigma[1, 1]) + as.numeric(determinant(m)$modulus) +
                 sum((r2 %*% w) * r2) + sum(r1^2) / sigma[1, 1]) / 2
    list(value = value, covariance = solve(m, tol = 1e-30))
  }
  spread <- fit$sigma * c(1, coef(fit$modelStruct$varStruct, unconstrained = FALSE))
  theta <- c(spread[1]^2, coef(fit$modelStruct$corStruct, unconstrained = FALSE) * prod(spread), spread[2]^2)
  for (step in 1:5) {
    of <- function(s) pieces(theta * s)$value
    theta <- theta * (1 - solve(hessian(of, rep(1, 3)), grad(of, rep(1, 3))))
  }
  information <- -hessian(function(s) pieces(theta * s)$value, rep(1, 3))
  satterthwaite <- function(k) apply(cbind(-k, k), 1, function(l) {
    of <- function(s) as.numeric(t(l) %*% pieces(theta * s)$covariance %*% l); g <- grad(of, rep(1, 3))
    2 * of(rep(1, 3))^2 / as.numeric(t(g) %*% solve(information, g))
  })
  first <- seq_len(p); second <- p + first
  level_table(case, levels5, average_rows(formula, "education", d), b[, 2] - b[, 1],
              v[first, first] + v[second, second] - v[first, second] - v[second, first], satterthwaite)
}

step <- ~ education + sex + age + I(age^2) + wt71 + I(wt71^2)
rows <- NULL
for (case in c("adjusted", "crude")) {
  terms <- if (case == "adjusted") ~ education + age + sex else ~ education
  found <- list("handling=complete_cases" = complete(case, terms, "education"), "handling=weights" = weighted(case, terms, "education", step),
                "handling=mixed_model" = mixed(case, terms), "analysis=ancova" = complete(case, update(terms, ~ . + wt71), "education"))
  for (stratum in names(found)) rows <- rbind(rows, cbind(stratum = stratum, found[[stratum]]))
}
write_full(rows, "nhefs_change.csv")

# What If: nine covariates, squares of the four that are measured; treatment weights among everybody, or those weighed
l9 <- ~ sex + race + age + I(age^2) + education + smokeintensity + I(smokeintensity^2) + smokeyrs + I(smokeyrs^2) +
  exercise + active + wt71 + I(wt71^2)
treatment_weights <- function(data) {
  chance <- fitted(glm(update(l9, qsmk ~ .), binomial, data, control = tight)); 1 / ifelse(data$qsmk == 1, chance, 1 - chance)
}
both_weights <- weighted("both_weights", ~ quit, "quit", update(l9, ~ . + qsmk), treatment_weights(d))
standardised <- weighted("standardised", update(l9, ~ quit + . + quit:smokeintensity), "quit", ~ 1)
everybody <- d; d <- d[d$weighed == 1, ]
known <- treatment_weights(d); fit <- lm(change ~ quit, d, weights = known)
alone <- level_table("treatment_weights", c("no", "yes"), rbind(c(1, 0), c(1, 1)), coef(fit), vcovHC(fit, "HC1"), fit$df.residual)
write_full(rbind(complete("observed", ~ quit, "quit"), alone, both_weights, standardised), "nhefs_what_if.csv")
