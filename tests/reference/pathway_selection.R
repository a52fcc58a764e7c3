# Reference for a pathway whose stages share an unmeasured normal cause u of known strength s (Buis 2011, doi
# 10.1016/j.rssm.2010.12.006): the likelihood of each person's path integrated over u by Gauss-Hermite quadrature (nodes from
# eigen, Golub and Welsch), maximised by optim and Newton, and the pathway quantities standardised over x and u.
# Reads pathway_data.csv. Run from this folder, after pathway.R: Rscript pathway_selection.R
# Written with R 4.2.2.
source("write_csv.R"); source("pathway_functions.R")
d <- read.csv("pathway_data.csv", stringsAsFactors = FALSE)
levels4 <- c("basic", "upper", "short_higher", "long_higher"); n <- nrow(d)
d$education <- factor(d$education, levels = levels4)
share <- as.vector(prop.table(table(d$education))); ridit <- cumsum(share) - share / 2
centred <- function(x) x - mean(x)
d$age. <- centred(d$age); d$male. <- centred(d$sex == "male"); d$year. <- centred(d$year)
means <- c(mean(d$age), mean(d$sex == "male"), mean(d$year))
x_at <- function(education) { d$education <- education; model.matrix(~ education + age. + male. + year., d) }
x <- x_at(d$education); terms <- c("(Intercept)", levels4[-1], "age", "male", "year")
at_level <- lapply(setNames(levels4, levels4), function(level) x_at(factor(rep(level, n), levels4)))

# nodes and weights of E f(z), z ~ N(0, 1): eigenvalues of the Jacobi matrix, squares of the first components
gauss_hermite <- function(nodes) {
  jacobi <- matrix(0, nodes, nodes); i <- seq_len(nodes - 1)
  jacobi[cbind(i, i + 1)] <- jacobi[cbind(i + 1, i)] <- sqrt(i)
  e <- eigen(jacobi, symmetric = TRUE)
  list(z = e$values, w = e$vectors[1, ]^2)
}
rule <- gauss_hermite(61); stopifnot(abs(sum(rule$w) - 1) < 1e-13, abs(sum(rule$w * rule$z^8) - 105) < 1e-9)

chains <- list(started = c("referred", "interview", "started"))
at_risk <- function(stages) {
  here <- rep(TRUE, n); out <- list()
  for (stage in stages) { out[[stage]] <- which(here); here <- here & d[[stage]] == 1 }
  out
}
# log-likelihood and its gradient; b: a column of coefficients for each stage; u has mean m in each person
likelihood <- function(b, stages, s, m, rule) {
  b <- matrix(b, ncol(x)); risk <- at_risk(stages); lost <- list()
  log_path <- matrix(log(rule$w), n, length(rule$w), byrow = TRUE)
  for (k in seq_along(stages)) {
    i <- risk[[k]]; y <- d[[stages[k]]][i]
    eta <- drop(x[i, ] %*% b[, k]) + s * outer(m[i], rule$z, `+`)
    log_path[i, ] <- log_path[i, ] + plogis((2 * y - 1) * eta, log.p = TRUE)
    lost[[k]] <- y - plogis(eta)
  }
  top <- apply(log_path, 1, max); path <- exp(log_path - top); total <- rowSums(path); posterior <- path / total
  score <- sapply(seq_along(stages), function(k) { i <- risk[[k]]; crossprod(x[i, ], rowSums(posterior[i, ] * lost[[k]])) })
  list(value = sum(top + log(total)), gradient = as.vector(score))
}
maximise <- function(stages, s, m, rule, start) {
  f <- function(b) likelihood(b, stages, s, m, rule)
  b <- optim(start, function(b) -f(b)$value, function(b) -f(b)$gradient, method = "BFGS", control = list(reltol = 1e-15, maxit = 500))$par
  for (step in 1:6) { # Newton, the Hessian by central differences of the gradient
    hessian <- sapply(seq_along(b), function(j) { h <- replace(0 * b, j, 1e-4); (f(b + h)$gradient - f(b - h)$gradient) / 2e-4 })
    hessian <- (hessian + t(hessian)) / 2
    if (max(abs(f(b)$gradient)) < 1e-10) break
    b <- b - solve(hessian, f(b)$gradient)
  }
  list(b = b, value = f(b)$value, gradient = max(abs(f(b)$gradient)), curvature = max(eigen(hessian, TRUE, TRUE)$values), steps = step)
}
# the gradient against differences of the likelihood
local({
  b <- rep(c(.3, .1, .2, -.1, .01, .1, .05), 3); f <- function(b) likelihood(b, chains$started, 1, .5 * (ridit[d$education] - .5), rule)
  numeric <- sapply(seq_along(b), function(j) { h <- replace(0 * b, j, 1e-5); (f(b + h)$value - f(b - h)$value) / 2e-5 })
  stopifnot(abs(numeric - f(b)$gradient) < 1e-4 * (1 + abs(numeric)))
})

# mean over persons and over u of the product over stages. own: u ~ N(m_i, 1) for person i beside his x_i; independent: u from
# the mixture of all persons' N(m_i, 1), whatever x_i
mean_product <- function(b, stages, s, m, rule, distribution) {
  if (distribution == "own") { u <- outer(m, rule$z, `+`); w <- rule$w }
  else {
    size <- as.vector(prop.table(table(m))); shift <- sort(unique(m))
    u <- matrix(as.vector(outer(rule$z, shift, `+`)), n, length(rule$z) * length(shift), byrow = TRUE); w <- as.vector(outer(rule$w, size))
  }
  b <- matrix(b, ncol(x), dimnames = list(NULL, stages))
  p <- lapply(setNames(stages, stages), function(stage) lapply(at_level, function(at) plogis(drop(at %*% b[, stage]) + s * u)))
  known <- new.env()
  function(at, of) {
    key <- paste(of, at, collapse = " ")
    if (is.null(known[[key]])) known[[key]] <- mean(drop(Reduce(`*`, Map(function(stage, level) p[[stage]][[level]], of, at)) %*% w))
    known[[key]]
  }
}

# what pathway.R found without a common cause
no_cause <- function(stages) {
  r <- read.csv("pathway.csv")
  r <- r[r$chain == "A" & r$model == "adjusted" & r$kind == "sequential" & r$measure == "stage_quantity" & r$stage == stages[length(stages)], ]
  r$value[match(levels4, r$level)]
}
cases <- data.frame(s = c(0, .5, 1, 2, 1), rho = c(0, 0, 0, 0, .5))
rows <- NULL
for (chain in names(chains)) {
  stages <- chains[[chain]]; risk <- at_risk(stages)
  fits <- lapply(stages, function(stage) glm.fit(x[risk[[stage]], ], d[[stage]][risk[[stage]]], family = binomial(),
                                                 control = glm.control(epsilon = 1e-15, maxit = 100)))
  plain <- unlist(lapply(fits, `[[`, "coefficients"), use.names = FALSE)
  found <- list()
  for (case in seq_len(nrow(cases))) {
    s <- cases$s[case]; rho <- cases$rho[case]
    m <- rho * (ridit[d$education] - .5)
    fit <- maximise(stages, s, m, rule, plain); again <- maximise(stages, s, m, rule, 0 * plain + .1)
    cat(sprintf("%-8s s %.1f rho %.1f: log-likelihood %.10f, |gradient| %.1e, largest curvature %.3f, Newton steps %d; from another start %.1e, %.1e\n", chain, s, rho,
                fit$value, fit$gradient, fit$curvature, fit$steps, again$value - fit$value, max(abs(again$b - fit$b))))
    stopifnot(fit$gradient < 1e-8, fit$curvature < 0, abs(again$value - fit$value) < 1e-8, abs(again$b - fit$b) < 1e-9)
    b <- matrix(fit$b, ncol(x)); found[[paste(s, rho)]] <- b
    if (s == 0) stopifnot(abs(fit$b - plain) < 1e-7, abs(fit$value - sum(mapply(function(f, stage) sum(dbinom(f$y, 1, f$fitted, TRUE)), fits, stages))) < 1e-7)
    if (rho > 0) { # a shift known by education moves the coefficients of education alone
      other <- found[[paste(s, 0)]]; shift <- s * rho * (ridit - .5)
      stopifnot(abs(b - (other - c(shift[1], shift[-1] - shift[1], 0, 0, 0))) < 1e-8)
    }
    add <- function(distribution, reading, part) rows <<- rbind(rows, data.frame(chain = chain, s = s, rho = rho, u = distribution, reading = reading, part))
    add("fit", "fit", data.frame(stage = rep(stages, each = length(terms) + 1), level = c(terms, "(Intercept) uncentred"), measure = "coefficient",
                                 value = as.vector(rbind(b, b[1, ] - means %*% b[5:7, ]))))
    add("fit", "fit", data.frame(stage = "total", level = "all", measure = "log_likelihood", value = fit$value))
    for (distribution in "own") {
      v <- mean_product(fit$b, stages, s, m, rule, distribution)
      add(distribution, "sequential", sequential_rows(v, stages, levels4))
      if (s == 0) stopifnot(abs(sapply(levels4, function(level) v(rep(level, length(stages)), stages)) - no_cause(stages)) < 1e-12)
      add(distribution, "shapley", shapley_rows(v, stages, levels4))
    }
  }
}
write_full(rows, "pathway_selection.csv")
