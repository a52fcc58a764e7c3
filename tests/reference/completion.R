# Reference for completion_rates: glm of each level on its own (limits symmetric on the logit scale), prop.test without
# correction (Wilson) where nobody or everybody returned the form.
# Run from this folder after response_weights.R: Rscript completion.R   (R 4.2.2)
source("write_csv.R")
d <- read.csv("response_data.csv", stringsAsFactors = FALSE)
d$alive <- as.integer(d$age < 75); d$late <- d$returned_followup * d$alive
d$late[d$education == "long"] <- d$alive[d$education == "long"] # everybody who was due
occasions <- list(baseline = c("given", "returned_baseline"), end = c("alive", "late"))
z <- qnorm(.975); strict <- glm.control(epsilon = 1e-14, maxit = 100)

rate <- function(y) {
  n <- length(y); k <- sum(y)
  if (k %in% c(0, n)) {
    limits <- suppressWarnings(prop.test(k, n, correct = FALSE))$conf.int
    return(c(k / n, 0, limits, n, k))
  }
  fit <- glm(y ~ 1, binomial, control = strict)
  at <- predict(fit, se.fit = TRUE)
  c(k / n, at$se.fit[1] * k / n * (1 - k / n), plogis(at$fit[1] + c(-1, 1) * z * at$se.fit[1]), n, k)
}
rows <- NULL
for (occasion in names(occasions)) for (measure in c("completion_rate", "available_rate")) for (level in c("total", "short", "medium", "long")) {
  among <- level == "total" | d$education == level
  if (measure == "completion_rate") among <- among & d[[occasions[[occasion]][1]]] == 1
  found <- rate(d[[occasions[[occasion]][2]]][among])
  rows <- rbind(rows, data.frame(case = occasion, measure = measure, level = level, estimate = found[1], std_error = found[2],
                                 conf_low = found[3], conf_high = found[4], n = found[5], events = found[6]))
}
write_full(rows, "completion.csv")
