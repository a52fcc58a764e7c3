# Reference for interaction: glm with product terms (not one coefficient per cell), sandwich, every measure a function
# of the coefficients with numerical derivatives; and epiR::epi.interaction for 2 x 2.
# Run from this folder after gradient_data.R: Rscript interaction.R
# Written with R 4.2.2, sandwich 3.0.2, splines 4.2.2, epiR 2.0.57.
suppressMessages({library(sandwich); library(splines); library(epiR)})
source("write_csv.R"); source("inequality_functions.R")
z <- qnorm(.975)
d <- read.csv("gradient_data.csv", stringsAsFactors = FALSE)
d$four <- factor(d$education, levels = c("basic", "vocational", "higher", "unknown"))
d$three <- factor(ifelse(d$education == "unknown", NA, d$education), levels = c("basic", "vocational", "higher"))
d$two <- factor(ifelse(is.na(d$three), NA, ifelse(d$three == "basic", "low", "high")), levels = c("low", "high"))
d$sex <- factor(d$sex); d$department <- factor(d$department); d$ones <- 1
covariates <- list(crude = character(), adjusted = c("bs(age, df = 4)", "factor(year)"))

measures <- function(case, exposure, modifier, terms, weighted, cluster) {
  used <- d[!is.na(d[[exposure]]), ]; used$w <- if (weighted) used$weight else used$ones; w <- used$w
  formula <- reformulate(c(paste0(exposure, " * ", modifier), terms), "referred"); environment(formula) <- environment()
  fit <- suppressWarnings(glm(formula, family = binomial, data = used, weights = w, control = glm.control(epsilon = 1e-15, maxit = 100)))
  x <- model.matrix(fit); b <- coef(fit)
  v <- if (cluster) vcovCL(fit, cluster = used$person, type = "HC0", cadjust = FALSE)
       else if (weighted) vcovHC(fit, type = "HC0")
       else { p <- plogis(drop(x %*% b)); solve(crossprod(x * sqrt(p * (1 - p)))) }
  as <- levels(d[[exposure]]); ms <- levels(d[[modifier]])
  # model matrices with everybody in one cell, and the first row of each for the odds
  put <- lapply(ms, function(m) lapply(as, function(a) {
    at <- used; at[[exposure]] <- factor(a, levels = as); at[[modifier]] <- factor(m, levels = ms)
    model.matrix(delete.response(terms(fit)), at, xlev = fit$xlevels)
  })); names(put) <- ms; for (m in ms) names(put[[m]]) <- as
  odds <- function(b, a, m) exp(sum(put[[m]][[a]][1, ] * b) - sum(put[[ms[1]]][[as[1]]][1, ] * b))
  risk <- function(b, a, m) weighted.mean(plogis(drop(put[[m]][[a]] %*% b)), w)
  out <- NULL
  add <- function(scale, measure, a, m, f, back) { # f on the scale of the interval; back to the estimate
    value <- f(b); g <- derivatives(f, b); e <- sqrt(drop(t(g) %*% v %*% g)); p <- 2 * pnorm(-abs(value / e))
    shown <- back(value); error <- e
    if (measure == "joint_risk") { error <- e * shown * (1 - shown); p <- NA_real_ }
    out <<- rbind(out, data.frame(case = paste(case, scale, sep = ":"), measure = measure, level = a, stratum = m, estimate = shown,
                                  std_error = error, conf_low = back(value - z * e), conf_high = back(value + z * e), p_value = p))
  }
  a0 <- as[1]; m0 <- ms[1]
  for (scale in c("odds_ratio", "risk_ratio")) {
    ratio <- if (scale == "odds_ratio") odds else function(b, a, m) risk(b, a, m) / risk(b, a0, m0)
    for (m in ms) for (a in as) if (a != a0 || m != m0) add(scale, paste0("joint_", scale), a, m, function(b) log(ratio(b, a, m)), exp)
    for (m in ms) for (a in as[-1]) add(scale, scale, a, m, function(b) log(ratio(b, a, m) / ratio(b, a0, m)), exp)
    for (m in ms[-1]) for (a in as[-1]) {
      r <- function(b) c(ratio(b, a, m), ratio(b, a, m0), ratio(b, a0, m))
      add(scale, paste0("ratio_of_", scale, "s"), a, m, function(b) { q <- r(b); log(q[1] / (q[2] * q[3])) }, exp)
      add(scale, "reri", a, m, function(b) { q <- r(b); q[1] - q[2] - q[3] + 1 }, identity)
      add(scale, "attributable_proportion", a, m, function(b) { q <- r(b); (q[1] - q[2] - q[3] + 1) / q[1] }, identity)
      q <- r(b)
      if (q[1] > 1 && q[2] + q[3] > 2) add(scale, "synergy_index", a, m, function(b) { q <- r(b); log((q[1] - 1) / (q[2] + q[3] - 2)) }, exp)
      else out <- rbind(out, data.frame(case = paste(case, scale, sep = ":"), measure = "synergy_index", level = a, stratum = m, estimate = NA_real_,
                                        std_error = NA_real_, conf_low = NA_real_, conf_high = NA_real_, p_value = NA_real_))
    }
  }
  for (m in ms) for (a in as) add("risk", "joint_risk", a, m, function(b) qlogis(risk(b, a, m)), plogis)
  for (m in ms) for (a in as[-1]) add("risk", "risk_difference", a, m, function(b) risk(b, a, m) - risk(b, a0, m), identity)
  for (m in ms[-1]) for (a in as[-1])
    add("risk", "interaction_contrast", a, m, function(b) risk(b, a, m) - risk(b, a, m0) - risk(b, a0, m) + risk(b, a0, m0), identity)
  out
}

rows <- NULL
for (exposure in c("two", "three", "four")) for (modifier in c("sex", "department")) for (model in names(covariates))
  for (how in c("plain:independent", "weighted:clustered")) {
    case <- paste(exposure, modifier, model, how, sep = ":")
    rows <- rbind(rows, measures(case, exposure, modifier, covariates[[model]], grepl("weighted", how), grepl("clustered", how)))
  }
write_full(rows, "interaction.csv")

# epiR: a second program for 2 x 2, by the delta method (Hosmer & Lemeshow)
used <- d[!is.na(d$two), ]; used$high <- as.integer(used$two == "high"); used$male <- as.integer(used$sex == "male")
fit <- glm(referred ~ high + male + high:male + age, family = binomial, data = used, control = glm.control(epsilon = 1e-15, maxit = 100))
theirs <- lapply(c(reri = "RERI", attributable_proportion = "APAB", synergy_index = "S"), function(what)
  epi.interaction(model = fit, coef = c(2, 3, 5), param = "product", conf.level = .95)[[tolower(what)]])
theirs <- do.call(rbind, theirs)
write_full(data.frame(measure = rownames(theirs), estimate = theirs$est, conf_low = theirs$lower, conf_high = theirs$upper), "interaction_epiR.csv")
