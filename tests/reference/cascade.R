# Reference for cascade: glm of each level on its own (limits symmetric on the logit scale), prop.test without correction
# (Wilson) where nobody or everybody reaches a stage, and for differences (Wald with both levels' own variances).
# Run from this folder after gradient_data.R: Rscript cascade.R   (R 4.2.2)
source("write_csv.R")
d <- read.csv("gradient_data.csv", stringsAsFactors = FALSE)
d$never <- 0; d$later <- as.integer(d$event == 1)
d$rare[d$education == "unknown"] <- 0 # nobody of one level
levels4 <- c("basic", "vocational", "higher", "unknown")
stages <- c("referred", "later", "rare")
z <- qnorm(.975); strict <- glm.control(epsilon = 1e-14, maxit = 100)

share <- function(y) {
  n <- length(y); k <- sum(y)
  if (k %in% c(0, n)) {
    limits <- suppressWarnings(prop.test(k, n, correct = FALSE))$conf.int
    return(c(k / n, 0, limits, NA))
  }
  fit <- glm(y ~ 1, binomial, control = strict)
  at <- predict(fit, se.fit = TRUE)
  c(k / n, at$se.fit[1] * k / n * (1 - k / n), plogis(at$fit[1] + c(-1, 1) * z * at$se.fit[1]), NA)
}
difference <- function(y, x) {
  limits <- suppressWarnings(prop.test(c(sum(y), sum(x)), c(length(y), length(x)), correct = FALSE))$conf.int
  estimate <- mean(y) - mean(x); error <- diff(limits) / (2 * z)
  c(estimate, error, limits, 2 * pnorm(-abs(estimate / error)))
}
rows <- NULL
add <- function(stage, measure, level, numbers, y) rows <<- rbind(rows, data.frame(case = paste(stage, measure, sep = ":"),
  level = level, estimate = numbers[1], std_error = numbers[2], conf_low = numbers[3], conf_high = numbers[4], p_value = numbers[5],
  n = length(y), events = sum(y)))
before <- rep(1, nrow(d))
for (stage in stages) {
  for (kind in c("risk", "transition")) {
    among <- if (kind == "risk") rep(TRUE, nrow(d)) else before == 1
    of <- lapply(levels4, function(level) d[[stage]][among & d$education == level])
    for (k in 1:4) add(stage, kind, levels4[k], share(of[[k]]), of[[k]])
    for (k in 2:4) if (sum(of[[k]])) add(stage, paste0(kind, "_difference"), levels4[k], difference(of[[k]], of[[1]]), of[[k]])
  }
  before <- d[[stage]]
}
write_full(rows, "cascade.csv")
