# Answers of 15 invented persons to the QLQ-C30 and the EQ-5D-5L, a fifth of them missing, and their scores from the
# published formulas: EORTC scoring manual; Danish value set, Jensen 2021, doi 10.1007/s40258-021-00639-3.
# Run in tests/reference with R 4.2.2:  Rscript instruments.R
source("write_csv.R")
set.seed(2015)
n <- 15
times <- c("baseline", "follow_up")
grid <- expand.grid(person_id = sprintf("p%02d", seq_len(n)), occasion = times, stringsAsFactors = FALSE)
some_missing <- function(x) { x[runif(length(x)) < .2] <- NA; x }

qlq <- sapply(1:30, function(item) some_missing(sample(if (item > 28) 1:7 else 1:4, nrow(grid), replace = TRUE)))
dimensions <- c("mobility", "self_care", "usual_activities", "pain", "anxiety")
eq <- sapply(dimensions, function(d) some_missing(sample(1:5, nrow(grid), replace = TRUE)))
eq[1:10, ][is.na(eq[1:10, ])] <- 1
vas <- some_missing(sample(0:100, nrow(grid), replace = TRUE))

long <- function(instrument, item, answer) data.frame(person_id = grid$person_id, instrument, occasion = grid$occasion, item, answer)
items <- rbind(do.call(rbind, lapply(1:30, function(i) long("qlq_c30", as.character(i), qlq[, i]))),
               do.call(rbind, lapply(dimensions, function(d) long("eq_5d_5l", d, eq[, d]))),
               long("eq_5d_5l", "vas", vas))
write.csv(items, "instruments_items.csv", row.names = FALSE, quote = FALSE, na = "")

raw <- function(columns) {
  x <- qlq[, columns, drop = FALSE]
  ifelse(rowSums(!is.na(x)) * 2 >= length(columns), rowMeans(x, na.rm = TRUE), NA)
}
functional <- function(...) (1 - (raw(c(...)) - 1) / 3) * 100
symptom <- function(...) ((raw(c(...)) - 1) / 3) * 100
scores <- list(QL2 = ((raw(29:30) - 1) / 6) * 100, PF2 = functional(1:5), RF2 = functional(6, 7), EF = functional(21:24),
               CF = functional(20, 25), SF = functional(26, 27), FA = symptom(10, 12, 18), NV = symptom(14, 15),
               PA = symptom(9, 19), DY = symptom(8), SL = symptom(11), AP = symptom(13), CO = symptom(16),
               DI = symptom(17), FI = symptom(28))
weights <- rbind(mobility = c(0, .041, .054, .157, .220), self_care = c(0, .035, .050, .144, .209),
                 usual_activities = c(0, .033, .040, .139, .174), pain = c(0, .048, .094, .381, .537),
                 anxiety = c(0, .072, .191, .430, .618))
index <- apply(eq, 1, function(state) 1 - sum(weights[cbind(1:5, state)]))
result <- function(instrument, scale, score) data.frame(person_id = grid$person_id, instrument, occasion = grid$occasion, scale, score)
write_full(rbind(do.call(rbind, lapply(names(scores), function(s) result("qlq_c30", s, scores[[s]]))),
                 result("eq_5d_5l", "index", index), result("eq_5d_5l", "vas", as.numeric(vas))), "instruments.csv")
