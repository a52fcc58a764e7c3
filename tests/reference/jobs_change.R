# Reference for notebook 91: depression before a job-search seminar (depress1) and half a year later (depress2), mean of
# 11 items from 1 to 5, of the 899 unemployed persons of the JOBS II trial, both arms, by education. Nobody is missing.
# The data come as for jobs.R (R package mediation, GPL: not stored here).
# Run from this folder: Rscript jobs_change.R jobs.csv
# Written with R 4.2.2, emmeans 1.8.4.1.
suppressMessages(library(emmeans))
source("write_csv.R")
d <- read.csv(commandArgs(trailingOnly = TRUE)[1], stringsAsFactors = FALSE)
stopifnot(nrow(d) == 899, !anyNA(d[c("depress1", "depress2", "educ", "age", "sex")]))
levels5 <- c("lt-hs", "highsc", "somcol", "bach", "gradwk")
d$educ <- factor(d$educ, levels5); d$sex <- factor(d$sex); d$change <- d$depress2 - d$depress1
table_of <- function(case, formula) {
  fit <- lm(formula, d); grid <- emmeans(fit, "educ", weights = "proportional"); rows <- list(grid, contrast(grid, "trt.vs.ctrl1"))
  rows <- lapply(rows, function(r) as.data.frame(summary(r, infer = c(TRUE, TRUE), adjust = "none")))
  column <- function(name, other = name) c(rows[[1]][[name]], rows[[2]][[other]])
  data.frame(case = case, measure = rep(c("mean", "mean_difference"), c(5, 4)), level = c(levels5, levels5[-1]),
             estimate = column("emmean", "estimate"), std_error = column("SE"), conf_low = column("lower.CL"),
             conf_high = column("upper.CL"), p_value = c(rep(NA, 5), rows[[2]]$p.value), df = column("df"))
}
write_full(rbind(
  table_of("change", change ~ educ + age + sex), table_of("ancova", change ~ educ + age + sex + depress1),
  table_of("change:crude", change ~ educ), table_of("ancova:crude", change ~ educ + depress1)), "jobs_change.csv")
