# Reference for hazard_ratios: survival::coxph and cox.zph.
# Run from this folder after gradient_data.R: Rscript cox.R
# Written with R 4.2.2, survival 3.5.3, splines 4.2.2.
suppressMessages({library(survival); library(splines)})
source("write_csv.R")
levels4 <- c("basic", "vocational", "higher", "unknown")
d <- read.csv("gradient_data.csv", stringsAsFactors = FALSE)
d$education <- factor(d$education, levels = levels4)
d$row <- seq_len(nrow(d)); d$ones <- 1
tight <- coxph.control(eps = 1e-14, iter.max = 50, toler.chol = 1e-16)
right <- list(crude = "education", adjusted = "education + bs(age, df = 4) + sex + factor(year)")

ratios <- NULL; tests <- NULL; likelihood <- NULL
for (model in names(right)) for (ties in c("efron", "breslow")) for (entry in c(FALSE, TRUE)) for (stratified in c(FALSE, TRUE))
  for (weighted in c(FALSE, TRUE)) for (cluster in c(FALSE, TRUE)) for (cause in if (model == "crude") 1 else 1:2) {
    d$happened <- as.integer(d$event == cause)
    left <- if (entry) "Surv(entry_days, days, happened)" else "Surv(days, happened)"
    formula <- as.formula(paste(left, "~", right[[model]], if (stratified) "+ strata(department)" else ""))
    d$w <- if (weighted) d$weight / mean(d$weight) else d$ones # cox.zph grows with the scale of weights; ours is mean 1
    d$group <- if (cluster) d$person else d$row
    fit <- if (weighted || cluster) coxph(formula, d, weights = w, ties = ties, cluster = group, control = tight)
           else coxph(formula, d, ties = ties, control = tight)
    case <- paste(model, ties, if (entry) "entry" else "no_entry", if (stratified) "strata" else "no_strata",
                  if (weighted) "weighted" else "plain", if (cluster) "clustered" else "independent", cause, sep = ":")
    here <- paste0("education", levels4[-1])
    error <- sqrt(diag(fit$var)); names(error) <- names(coef(fit))
    ratios <- rbind(ratios, wald_rows(case, levels4[-1], coef(fit)[here], error[here]))
    likelihood <- rbind(likelihood, data.frame(case = case, log_likelihood = fit$loglik[length(fit$loglik)]))
    if (!cluster) {
      zph <- cox.zph(fit, transform = "km", terms = TRUE, global = TRUE)$table
      tests <- rbind(tests, data.frame(case = case, term = rownames(zph), chisq = zph[, "chisq"], df = zph[, "df"], p = zph[, "p"]))
    }
  }
tests$term <- c(education = "education", "bs(age, df = 4)" = "age", sex = "sex", "factor(year)" = "year", GLOBAL = "GLOBAL")[tests$term]
write_full(ratios, "hazard_ratios.csv"); write_full(tests, "ph_test.csv"); write_full(likelihood, "cox_likelihood.csv")
