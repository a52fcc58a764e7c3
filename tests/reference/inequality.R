# Reference for slope_indices: glm in the ridit, sandwich, delta method by numerical derivatives; and for
# concentration_index: the share of cumulative shares, errors by perturbing one weight at a time (no formula of the
# influence function is used); and for group_inequality. Run from this folder after gradient_data.R: Rscript inequality.R
# Written with R 4.2.2, sandwich 3.0.2, splines 4.2.2.
suppressMessages({library(sandwich); library(splines)})
source("write_csv.R")
source("inequality_functions.R")
levels4 <- c("basic", "vocational", "higher", "unknown")
d <- read.csv("gradient_data.csv", stringsAsFactors = FALSE)
d$step <- match(d$education, levels4[1:3])          # unknown has no place
d$two <- ifelse(is.na(d$step), NA, pmax(d$step, 2)) # two levels: basic and vocational together
d$sex[c(5, 11, 200)] <- NA                          # a covariate that three rows miss
d$ones <- 1
covariates <- list(crude = character(), adjusted = c("bs(age, df = 4)", "sex", "factor(year)"))
ladders <- c("step", "two", "age") # three levels, two levels, a measurement with ties

slopes <- NULL
for (ladder in ladders) for (model in names(covariates)) for (weighted in c(FALSE, TRUE)) for (cluster in c(FALSE, TRUE)) {
  terms <- covariates[[model]]
  if (ladder == "age") terms <- setdiff(terms, "bs(age, df = 4)")
  used <- d[!is.na(d[[ladder]]) & (model == "crude" | !is.na(d$sex)), ]
  used$w <- if (weighted) used$weight else used$ones
  used$ridit <- ridit_table(used[[ladder]], used$w)
  case <- paste(ladder, model, if (weighted) "weighted" else "plain", if (cluster) "clustered" else "independent", "own", sep = ":")
  slopes <- rbind(slopes, slope_rows(case, used, "referred", terms, weighted, if (cluster) used$person))
}
# ridits of everybody with a place, applied to those diagnosed from 2008 on
d$ridit_of_all <- NA; d$ridit_of_all[!is.na(d$step)] <- ridit_table(d$step[!is.na(d$step)], rep(1, sum(!is.na(d$step))))
part <- d[!is.na(d$step) & d$year >= 2008 & !is.na(d$sex), ]
part$w <- 1; part$ridit <- part$ridit_of_all
slopes <- rbind(slopes, slope_rows("step:adjusted:plain:independent:given", part, "referred", covariates$adjusted, FALSE, NULL))
write_full(slopes, "inequality_slopes.csv")

indices <- NULL
for (ladder in ladders) for (outcome in c("referred", "days")) for (weighted in c(FALSE, TRUE)) for (cluster in c(FALSE, TRUE)) {
  used <- d[!is.na(d[[ladder]]), ]
  w <- if (weighted) used$weight else used$ones
  case <- paste(ladder, outcome, if (weighted) "weighted" else "plain", if (cluster) "clustered" else "independent", sep = ":")
  kinds <- if (outcome == "referred") c("relative", "generalised", "erreygers", "wagstaff") else c("relative", "generalised")
  for (kind in kinds) indices <- rbind(indices, index_row(case, kind, used[[outcome]], used[[ladder]], w, if (cluster) used$person))
}
write_full(indices, "inequality_concentration.csv")

# group_inequality: Pearson's test of equal shares, times (n - 1) / n; one-way sums of squares for a number
groups <- NULL
for (group in c("education", "department")) for (outcome in c("referred", "days")) {
  y <- d[[outcome]]; g <- d[[group]]; n <- length(y)
  test <- suppressWarnings(chisq.test(table(d$referred, g), correct = FALSE))
  between <- anova(lm(y ~ factor(g)))[["Sum Sq"]][1]
  means <- tapply(y, g, mean); share <- tabulate(factor(g)) / n
  statistic <- if (outcome == "referred") unname(test$statistic) * (n - 1) / n else between / var(y)
  groups <- rbind(groups, data.frame(case = paste(group, outcome, sep = ":"), between_group_variance = between / n,
    mean_difference_from_mean = sum(share * abs(means - mean(y))), expected_variance = var(y) * (length(means) - 1) / n,
    chi_square = statistic, df = unname(test$parameter), p = pchisq(statistic, unname(test$parameter), lower.tail = FALSE)))
}
write_full(groups, "inequality_groups.csv")
