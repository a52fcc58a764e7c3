# Pathway quantities by their definition, shared by pathway.R and pathway_selection.R.
logarithmic_mean <- function(a, b) if (a == b) a else (a - b) / (log(a) - log(b))
# Shapley values of a game `value`, a function of a logical vector of K: the sum over the subsets without k
shapley <- function(value, K) {
  subsets <- as.matrix(expand.grid(rep(list(c(FALSE, TRUE)), K)))
  v <- apply(subsets, 1, value); number <- function(s) 1 + sum(s * 2^(seq_len(K) - 1))
  sapply(seq_len(K), function(k) {
    without <- subsets[!subsets[, k], , drop = FALSE]; size <- rowSums(without)
    with <- without; with[, k] <- TRUE
    sum(factorial(size) * factorial(K - size - 1) / factorial(K) * (v[apply(with, 1, number)] - v[apply(without, 1, number)]))
  })
}
# the same as the mean over all orders (a check)
shapley_orders <- function(value, K) {
  orders <- as.matrix(expand.grid(rep(list(seq_len(K)), K))); orders <- orders[apply(orders, 1, anyDuplicated) == 0, , drop = FALSE]
  rowMeans(apply(orders, 1, function(o) { s <- rep(FALSE, K); out <- numeric(K); before <- value(s)
    for (k in o) { s[k] <- TRUE; now <- value(s); out[k] <- now - before; before <- now }
    out }))
}
# rows of a reading of `level` against the reference; `log_part` a number for each stage
contribution_rows <- function(stages, level, log_part, part, quantity, reference) {
  stopifnot(abs(sum(log_part) - log(quantity / reference)) < 1e-12, abs(sum(part) - (quantity - reference)) < 1e-12)
  data.frame(stage = c(stages, "total"), level = level, measure = rep(c("stage_ratio", "log_contribution", "contribution"), each = length(stages) + 1),
             value = c(exp(log_part), quantity / reference, log_part, log(quantity / reference), part, quantity - reference))
}
# v: a function of one stage index or name per stage (the level at which each is set) giving the mean of the product over
# the stages named in `of`; the levels' first is the reference
sequential_rows <- function(v, stages, levels, order = stages) {
  q <- sapply(levels, function(level) sapply(seq_along(order), function(k) v(rep(level, k), order[seq_len(k)])))
  rows <- data.frame(stage = rep(order, length(levels)), level = rep(levels, each = length(order)), measure = "stage_quantity", value = as.vector(q))
  step <- rbind(q[1, ], q[-1, , drop = FALSE] / q[-nrow(q), , drop = FALSE])
  for (level in levels[-1]) {
    first <- levels[1]; last <- q[length(order), c(level, first)]; log_part <- log(step[, level] / step[, first])
    rows <- rbind(rows, contribution_rows(order, level, log_part, logarithmic_mean(last[1], last[2]) * log_part, last[1], last[2]))
  }
  rows
}
shapley_rows <- function(v, stages, levels) {
  rows <- NULL; K <- length(stages); first <- levels[1]
  for (level in levels[-1]) {
    value <- function(s) v(ifelse(s, level, first), stages)
    log_value <- function(s) log(value(s))
    part <- shapley(value, K); log_part <- shapley(log_value, K)
    stopifnot(abs(part - shapley_orders(value, K)) < 1e-12, abs(log_part - shapley_orders(log_value, K)) < 1e-12)
    rows <- rbind(rows, contribution_rows(stages, level, log_part, part, value(rep(TRUE, K)), value(rep(FALSE, K))))
  }
  rows
}
