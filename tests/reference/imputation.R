# Reference for impute: mice, chained equations, m = 200, on nhanes2 (25 persons, part of mice; written to
# imputation_nhanes2.csv) and on 300 invented persons (imputation_data.csv: y and x are missing at random, and so is g,
# of three categories). mice draws no parameters for three categories (polyreg), so a multinomial logit on mice's
# augmented data, with a normal draw of its coefficients, is written out here. Columns are visited as impute does, those
# with fewest missing values first: in 25 persons the order matters (bmi on hyp: 2.2 in the order of the columns, 2.0 in
# this one).
# For each analysis: pooled estimate, within, between, t, df, fmi. The Monte-Carlo error of an estimate is
# sqrt(between/m).
# Run from this folder: Rscript imputation.R   (about two minutes)
# Written with R 4.2.2, mice 3.15.0.
suppressMessages(library(mice))
source("write_csv.R")
m <- 200

pooled <- function(case, imputations, formula) {
  p <- pool(with(imputations, lm(as.formula(formula))))$pooled
  data.frame(case = case, term = as.character(p$term), m = m, estimate = p$estimate, within = p$ubar, between = p$b,
             variance = p$t, df_complete = p$dfcom, df = p$df, fmi = p$fmi)
}
on <- function(imputations, case, formula) pooled(case, imputations, deparse(formula))

data(nhanes2, package = "mice")
write_full(nhanes2, "imputation_nhanes2.csv")
analyses <- list(chl = chl ~ age + bmi, bmi = bmi ~ age + hyp + chl)
methods <- list(pmm = c(age = "", bmi = "pmm", hyp = "logreg", chl = "pmm"),
                normal = c(age = "", bmi = "norm", hyp = "logreg", chl = "norm"))
rows <- list()
for (method in names(methods)) {
  imp <- mice(nhanes2, m = m, maxit = 10, method = methods[[method]], seed = 2011, printFlag = FALSE,
              visitSequence = "monotone")
  for (name in names(analyses)) {
    rows[[length(rows) + 1]] <- on(imp, paste("nhanes2", method, name, sep = ":"), analyses[[name]])
  }
}

mice.impute.properlogit <- function(y, ry, x, wy = NULL, ...) {
  if (is.null(wy)) wy <- !ry
  aug <- mice:::augment(y, ry, x, wy)
  X <- cbind(1, as.matrix(aug$x)); known <- aug$ry; w <- aug$w[known]
  A <- X[known, , drop = FALSE]
  k <- nlevels(y); p <- ncol(A)
  Y <- sapply(2:k, function(j) as.numeric(as.integer(aug$y)[known] == j))
  shares <- function(theta, X) { e <- exp(cbind(0, X %*% theta)); e / rowSums(e) }
  theta <- matrix(0, p, k - 1)
  for (i in 1:50) {
    P <- shares(theta, A)[, -1, drop = FALSE]
    H <- matrix(0, p * (k - 1), p * (k - 1))
    for (a in 1:(k - 1)) for (b in 1:(k - 1)) {
      H[(a - 1) * p + 1:p, (b - 1) * p + 1:p] <- crossprod(A, w * P[, a] * ((a == b) - P[, b]) * A)
    }
    step <- solve(H, as.vector(crossprod(A, w * (Y - P))))
    theta <- theta + step
    if (max(abs(step)) < 1e-8) break
  }
  theta <- theta + as.vector(t(chol(solve(H))) %*% rnorm(length(theta)))
  bounds <- t(apply(shares(theta, X[aug$wy, , drop = FALSE]), 1, cumsum))
  factor(levels(y)[1 + rowSums(runif(nrow(bounds)) > bounds[, -k, drop = FALSE])], levels(y))
}
set.seed(2018)
n <- 300
z <- rnorm(n)
g <- factor(c("a", "b", "c")[1 + (z + rnorm(n) > -.3) + (z + rnorm(n) > .8)])
x <- 50 + 5 * z + 4 * (g == "b") + 8 * (g == "c") + rnorm(n, 0, 8)
y <- 20 + .5 * x + 3 * (g == "b") - 4 * (g == "c") + 3 * z + rnorm(n, 0, 7)
d <- data.frame(z = z, g = g, x = x, y = y)
d$y[runif(n) < plogis(-.4 + z)] <- NA
d$x[runif(n) < plogis(-1.2 - z)] <- NA
d$g[runif(n) < plogis(-1.2 + .5 * z)] <- NA
write_full(d, "imputation_data.csv")
imp <- mice(d, m = m, maxit = 10, method = c(z = "", g = "properlogit", x = "norm", y = "norm"), seed = 2012,
            printFlag = FALSE, visitSequence = "monotone")
rows[[length(rows) + 1]] <- on(imp, "invented:normal:y", y ~ x + g + z)
rows[[length(rows) + 1]] <- on(imp, "invented:normal:mean", y ~ 1)
rows[[length(rows) + 1]] <- on(imp, "invented:normal:category", as.numeric(g == "c") ~ z)
write_full(do.call(rbind, rows), "imputation.csv")
