# The small data set that logistic.R and cox.R are run on: invented persons with 1 to 4 rows each, whole weeks
# (so most event times are tied), delayed entry, an `unknown` level of education, a weight and a department.
# Run from this folder: Rscript gradient_data.R   (R 4.2.2)
set.seed(20150613)
persons <- 420
rows <- sample(1:4, persons, replace = TRUE, prob = c(.5, .25, .15, .1))
levels4 <- c("basic", "vocational", "higher", "unknown")
education <- sample(levels4, persons, replace = TRUE, prob = c(.35, .35, .22, .08))
frailty <- rnorm(persons, sd = 0.6)
id <- rep(seq_len(persons), rows)
n <- length(id)
d <- data.frame(
  person = sprintf("p%03d", id),
  education = education[id],
  age = pmin(90, pmax(30, round(rnorm(persons, 64, 12))))[id],
  sex = sample(c("female", "male"), persons, replace = TRUE)[id],
  year = sample(2007:2010, n, replace = TRUE),
  department = sample(c("north", "south", "west"), n, replace = TRUE, prob = c(.5, .3, .2)),
  weight = round(runif(n, 0.4, 3), 3)
)
effect <- c(basic = 0, vocational = .25, higher = .55, unknown = -.3)[d$education]
linear <- effect + .02 * (d$age - 64) - .0012 * (d$age - 64)^2 + .3 * (d$sex == "male") + .1 * (d$year - 2007) + frailty[id]
d$referred <- rbinom(n, 1, plogis(-.7 + linear))
d$rare <- ifelse(d$education == "unknown", 0, rbinom(n, 1, plogis(-3 + effect)))
referral <- rexp(n, exp(-4 + linear + .4 * (d$department == "north")))
death <- rexp(n, exp(-4.4 + .03 * (d$age - 64)))
end <- runif(n, 10, 90)
weeks <- ceiling(pmin(referral, death, end) / 2) * 2
d$event <- ifelse(referral <= pmin(death, end), 1, ifelse(death <= end, 2, 0))
d$entry_days <- ifelse(runif(n) < .4, floor(runif(n, 0, 1) * weeks) * 7, 0)
d$days <- weeks * 7
stopifnot(all(d$entry_days < d$days))
write.csv(d, "gradient_data.csv", row.names = FALSE, quote = FALSE)
