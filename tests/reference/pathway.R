# Reference for the decomposition of a pathway into its stages: glm for each stage, products and averages written out,
# Shapley values over all subsets (checked over all orders). Writes the data too.
# Run from this folder: Rscript pathway.R
# Written with R 4.2.2.
source("write_csv.R"); source("pathway_functions.R")
levels4 <- c("basic", "upper", "short_higher", "long_higher")
tight <- glm.control(epsilon = 1e-15, maxit = 100)

# 1,200 invented persons; a trait that is not written (u) makes each stage a little more likely
set.seed(20261)
n <- 1200
d <- data.frame(id = seq_len(n), education = sample(levels4, n, TRUE, c(.35, .35, .17, .13)),
                age = pmin(90, pmax(30, round(rnorm(n, 64, 11)))), sex = sample(c("female", "male"), n, TRUE, c(.45, .55)),
                year = sample(2009:2011, n, TRUE), department = sample(c("A", "B", "C"), n, TRUE, c(.4, .35, .25)))
e <- match(d$education, levels4) - 1; a <- (d$age - 64) / 10; m <- d$sex == "male"; y <- d$year - 2010; u <- rnorm(n)
draw <- function(here, log_odds) ifelse(here == 1, rbinom(n, 1, plogis(log_odds + .5 * u)), 0)
b <- d$department == "B"
d$referred <- draw(rep(1, n), ifelse(b, .45, -.75 + .35 * e) - .2 * a + .15 * m + .1 * y)
d$interview <- draw(d$referred, .75 + .4 * e - .4 * a - .2 * m + .1 * y)
d$started <- draw(d$interview, 1.25 + .2 * e - .25 * a + .2 * m)
d$booked <- ifelse(d$started == 1, 1 + rpois(n, exp(1.1 + .08 * e - .05 * a + .1 * m)), 0)
d$attended <- rbinom(n, d$booked, plogis(.7 + .2 * e - .1 * a - .15 * m))
d$due <- draw(d$started, 1.7 + .1 * e - .2 * a)
d$given <- draw(d$due, .6 + .3 * e - .25 * a)
d$returned <- draw(d$given, .65 + .2 * e + .2 * a - .3 * m)
d$improved <- ifelse(d$returned == 1, rbinom(n, 1, plogis(-.1 + .25 * e - .2 * a + .2 * m)), NA)
# how often each person counts: drawn with replacement within each level of education, at most 4 times
d$times <- 0
for (level in levels4) repeat {
  here <- d$education == level; d$times[here] <- rmultinom(1, sum(here), rep(1, sum(here)))[, 1]
  if (max(d$times[here]) <= 4) break
}
write.csv(d, "pathway_data.csv", row.names = FALSE, quote = FALSE, na = "")
d$education <- factor(d$education, levels = levels4)

chains <- list(A = c("referred", "interview", "started", "booked", "attended"), B = c("referred", "interview", "started", "due", "improved"))
covariates <- list(crude = NULL, adjusted = c("I(age - 64)", "sex", "I(year - 2010)")) # centred for the numbers' sake alone

# glm, and once more from where it stopped: its criterion is the deviance, which no longer moves while the score is still 1e-6
glm_twice <- function(formula, family, rows) {
  fit <- glm(formula, family, rows, weights = w., control = tight)
  fit <- glm(formula, family, rows, weights = w., control = tight, start = coef(fit))
  stopifnot(fit$converged, abs(crossprod(model.matrix(fit), fit$weights * residuals(fit, "working"))) < 1e-9, min(fitted(fit)) > .01)
  fit
}
# one glm for each stage among the rows that passed all stages before it; `times` multiplies every likelihood
stage_models <- function(d, stages, exposure, terms, times = rep(1, nrow(d))) {
  d$w. <- times; here <- rep(TRUE, nrow(d)); fits <- list()
  for (stage in stages) {
    rows <- d[here, ]; response <- stage; family <- quasibinomial
    if (stage == "booked") family <- quasipoisson
    if (stage == "attended") response <- "cbind(attended, booked - attended)"
    if (stage == "improved") {
      given <- glm_twice(given ~ education + I(age - 64), quasibinomial, rows)
      returned <- glm_twice(returned ~ education + I(age - 64) + sex, quasibinomial, rows[rows$given == 1, ])
      rows <- rows[!is.na(rows$improved), ]
      rows$w. <- rows$w. / (predict(given, rows, type = "response") * predict(returned, rows, type = "response"))
    }
    fits[[stage]] <- glm_twice(reformulate(c(exposure, terms), response), family, rows)
    here <- here & d[[stage]] %in% if (stage %in% c("booked", "attended")) 1:99 else 1
  }
  fits
}
# p[[stage]][person, level]: fitted means of everybody in each level
fitted_means <- function(fits, d, exposure, levels, values) lapply(fits, function(fit) {
  p <- sapply(seq_along(levels), function(k) { d[[exposure]] <- rep(values[k], nrow(d)); predict(fit, d, type = "response") })
  colnames(p) <- levels; p
})
by_education <- function(fits, d) fitted_means(fits, d, "education", levels4, factor(levels4, levels4))
# mean over persons of the product over stages, each set to a level
mean_product <- function(p, times = rep(1, nrow(p[[1]]))) function(at, of) {
  weighted.mean(Reduce(`*`, Map(function(stage, level) p[[stage]][, level], of, at)), times)
}
rows <- NULL
add <- function(chain, model, reading, kind, part) rows <<- rbind(rows, data.frame(chain = chain, model = model, reading = reading, kind = kind, part))

for (chain in names(chains)) for (model in names(covariates)) {
  stages <- chains[[chain]]
  fits <- stage_models(d, stages, "education", covariates[[model]])
  v <- mean_product(by_education(fits, d))
  add(chain, model, "sequential", "sequential", sequential_rows(v, stages, levels4))
  add(chain, model, "shapley", "shapley", shapley_rows(v, stages, levels4))
  if (chain == "A") {
    add(chain, model, "sequential", "order", sequential_rows(v, stages, levels4, c("started", "interview", "referred", "booked", "attended")))
    share <- prop.table(table(d$education)); ridit <- cumsum(share) - share / 2
    d$ridit <- as.vector(ridit[d$education])
    v <- mean_product(fitted_means(stage_models(d, stages, "ridit", covariates[[model]]), d, "ridit", c("bottom", "top"), c(0, 1)))
    add(chain, model, "sequential", "slope_sequential", sequential_rows(v, stages, c("bottom", "top")))
    add(chain, model, "shapley", "slope_shapley", shapley_rows(v, stages, c("bottom", "top")))
  }
  if (model == "adjusted") { # every person counted `times` times, in the fits and in the averages
    fits <- stage_models(d, stages, "education", covariates[[model]], d$times)
    v <- mean_product(by_education(fits, d), d$times)
    add(chain, model, "sequential", "weighted", sequential_rows(v, stages, levels4))
    add(chain, model, "shapley", "weighted", shapley_rows(v, stages, levels4))
    repeated <- d[rep(seq_len(n), d$times), ] # the same as so many rows
    w <- mean_product(by_education(stage_models(repeated, stages, "education", covariates[[model]]), repeated))
    stopifnot(abs(v(rep("long_higher", 5), stages) - w(rep("long_higher", 5), stages)) < 1e-12)
  }
}

# scenarios: adjusted, chain A
stages <- chains$A; fits <- stage_models(d, stages, "education", covariates$adjusted); p <- by_education(fits, d)
in_b <- stage_models(d[d$department == "B", ], "referred", "education", covariates$adjusted)
replace_stage <- function(stage, with) { p[[stage]][] <- with; p }
scenarios <- list(
  observed = p,
  referred_all = replace_stage("referred", 1),
  interview_at_least_0.9 = replace_stage("interview", pmax(p$interview, .9)),
  booked_of_long_higher = replace_stage("booked", p$booked[, rep("long_higher", 4)]),
  referred_of_department_B = replace_stage("referred", by_education(in_b, d)$referred))
stopifnot(mean(p$interview > .9) > .05, mean(p$interview > .9) < .9) # the floor of 0.9 binds for some and not for others
own <- cbind(seq_len(n), as.integer(d$education))
for (scenario in names(scenarios)) {
  v <- mean_product(scenarios[[scenario]])
  q <- sequential_rows(v, stages, levels4); q <- q[q$measure == "stage_quantity", ]
  last <- q$value[q$stage == "attended"]
  everybody <- Reduce(`*`, lapply(scenarios[[scenario]], function(x) x[own]), accumulate = TRUE)
  add("A", "adjusted", "sequential", scenario, rbind(
    q, data.frame(stage = "total", level = levels4[-1], measure = "difference", value = last[-1] - last[1]),
    data.frame(stage = "total", level = levels4[-1], measure = "ratio", value = last[-1] / last[1]),
    data.frame(stage = stages, level = "all", measure = "population_quantity", value = sapply(everybody, mean))))
}
write_full(rows, "pathway.csv")
