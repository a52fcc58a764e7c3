# Reference for attendance_components: glm (poisson, binomial), averages written out anew; errors without covariates by the
# delta method on each level's means (numDeriv), with covariates by leaving persons out one at a time (within levels).
# Writes the data too. Run from this folder: Rscript components.R   (R 4.2.2, numDeriv 2016.8.1.1)
suppressMessages({library(splines); library(numDeriv)})
source("write_csv.R")

set.seed(2015061)
persons <- 480
levels4 <- c("basic", "vocational", "higher", "unknown")
d <- data.frame(
  person = sprintf("p%03d", seq_len(persons)),
  education = sample(levels4, persons, replace = TRUE, prob = c(.35, .35, .22, .08)),
  age = pmin(90, pmax(30, round(rnorm(persons, 64, 12)))),
  sex = sample(c("female", "male"), persons, replace = TRUE))
effect <- c(basic = 0, vocational = .15, higher = .3, unknown = -.1)[d$education]
booked <- rnbinom(persons, mu = exp(1.4 + effect - .01 * (d$age - 64)), size = 2)
d$booked <- ifelse(runif(persons) < .25, 0, booked + 1)
chance <- cbind(cancelled_by_person = .06 + .03 * (d$sex == "male"), cancelled_by_centre = .04,
                no_show = .16 - .08 * (d$education == "higher") + .002 * (d$age - 64))
lost <- t(vapply(seq_len(persons), function(i) rmultinom(1, d$booked[i], c(chance[i, ], 1 - sum(chance[i, ])))[, 1], numeric(4)))
d$cancelled_by_person <- lost[, 1]; d$cancelled_by_centre <- lost[, 2]
d$cancelled_by_centre[d$education == "unknown"] <- 0 # never in this level: the rate is 0 there
d$attended <- lost[, 4]
d$no_show <- d$booked - d$attended - d$cancelled_by_person - d$cancelled_by_centre
write.csv(d[setdiff(names(d), "no_show")], "components_data.csv", row.names = FALSE, quote = FALSE)

ways <- c("cancelled_by_person", "cancelled_by_centre", "no_show")
components <- c("booked", ways)
strict <- glm.control(epsilon = 1e-14, maxit = 100)

# predictions for everybody in each level; a level in which a way never occurs is left out of its model, its rate is 0
predictions <- function(here, exposure, terms, count, of = NULL) {
  formula <- reformulate(c(exposure, terms), if (is.null(of)) count else sprintf("cbind(%s, %s - %s)", count, of, count))
  rows <- if (is.null(of)) here else here[here[[of]] > 0, ]
  occurs <- names(which(tapply(rows[[count]], as.character(rows[[exposure]]), sum) > 0))
  rows <- rows[as.character(rows[[exposure]]) %in% occurs, ]
  rows[[exposure]] <- factor(rows[[exposure]], intersect(levels(here[[exposure]]), occurs))
  fit <- glm(formula, if (is.null(of)) poisson else binomial, rows, control = strict)
  sapply(levels(here[[exposure]]), function(level) {
    if (!level %in% occurs) return(rep(0, nrow(here)))
    everybody <- here; everybody[[exposure]] <- factor(level, levels(rows[[exposure]]))
    predict(fit, everybody, type = "response")
  })
}
contributions <- function(here, exposure, terms) {
  m <- predictions(here, exposure, terms, "booked")
  r <- lapply(ways, function(way) predictions(here, exposure, terms, way, "booked"))
  s <- 1 - Reduce(`+`, r)
  unlist(lapply(colnames(m)[-1], function(level) {
    first <- colnames(m)[1]
    parts <- c(mean((m[, level] - m[, first]) * (s[, level] + s[, first]) / 2),
               sapply(r, function(rate) -mean((rate[, level] - rate[, first]) * (m[, level] + m[, first]) / 2)))
    c(parts, mean(m[, level] * s[, level]) - mean(m[, first] * s[, first]))
  }))
}
# as contributions(), from a level's mean counts: (booked, three ways) of the level, then of the reference
from_means <- function(x) {
  m <- x[c(1, 5)]; r <- cbind(x[2:4] / x[1], x[6:8] / x[5]); s <- 1 - colSums(r)
  parts <- c((m[1] - m[2]) * mean(s), -(r[, 1] - r[, 2]) * mean(m))
  c(parts, sum(parts))
}

d$education <- factor(d$education, levels4)
d$sex <- factor(d$sex)
cases <- list(
  list("education:crude", "education", NULL),
  list("education:adjusted", "education", c("bs(age, knots = cuts, Boundary.knots = ends)", "sex")),
  list("sex:crude", "sex", NULL),
  list("sex:adjusted", "sex", c("age", "I(age^2)", "education")))
cuts <- quantile(d$age, .5); ends <- range(d$age) # bs(age, df = 4), its knots kept when a person is left out
rows <- NULL
for (case in cases) {
  exposure <- case[[2]]; terms <- case[[3]]
  here <- d
  # a covariate's level in which a way never occurs sends a coefficient to minus infinity: not R's business here
  if (exposure == "sex") here <- droplevels(d[d$education != "unknown", ])
  estimate <- contributions(here, exposure, terms)
  if (is.null(terms)) {
    cells <- split(here[components], here[[exposure]])
    error <- unlist(lapply(cells[-1], function(cell) {
      x <- c(colMeans(cell), colMeans(cells[[1]]))
      v <- matrix(0, 8, 8); for (k in 1:2) { part <- list(cell, cells[[1]])[[k]]; i <- 4 * k - 3:0
        v[i, i] <- cov(part) * (nrow(part) - 1) / nrow(part)^2 }
      j <- jacobian(from_means, x); sqrt(diag(j %*% v %*% t(j)))
    }))
  } else {
    without <- t(sapply(seq_len(nrow(here)), function(i) contributions(here[-i, ], exposure, terms)))
    size <- table(here[[exposure]])[as.character(here[[exposure]])]
    centred <- apply(without, 2, function(x) x - ave(x, here[[exposure]]))
    error <- sqrt(colSums(centred^2 * as.vector((size - 1) / size)))
  }
  rows <- rbind(rows, data.frame(case = case[[1]], level = rep(levels(here[[exposure]])[-1], each = 5),
                                 outcome = c(components, "total"), estimate = as.vector(estimate), std_error = as.vector(error)))
}
write_full(rows, "components.csv")
