# Used by inequality.R and rwm5yr.R: indices of inequality with errors by numerical derivatives.

# Midpoints of cumulative shares, from a table of shares by level.
ridit_table <- function(step, w) {
  share <- tapply(w, step, sum); share <- share / sum(share)
  unname((cumsum(share) - share / 2)[as.character(step)])
}
derivatives <- function(f, at) sapply(seq_along(at), function(k) {
  h <- 1e-4 * max(abs(at[k]), 1e-1); go <- function(m) { b <- at; b[k] <- b[k] + m * h; f(b) }
  (8 * (go(1) - go(-1)) - (go(2) - go(-2))) / (12 * h)
})
# used: data with columns w and ridit; terms: what is adjusted for
slope_rows <- function(case, used, outcome, terms, weighted, cluster) {
  formula <- reformulate(c("ridit", terms), outcome); environment(formula) <- environment(); z <- qnorm(.975)
  fit <- suppressWarnings(glm(formula, family = binomial, data = used, weights = w, control = glm.control(epsilon = 1e-15, maxit = 100)))
  x <- model.matrix(fit); w <- used$w
  v <- if (!is.null(cluster)) vcovCL(fit, cluster = cluster, type = "HC0", cadjust = FALSE)
       else if (weighted) vcovHC(fit, type = "HC0")
       else { p <- plogis(drop(x %*% coef(fit))); solve(crossprod(x * sqrt(p * (1 - p)))) }
  risk <- function(b, at) { x[, "ridit"] <- at; weighted.mean(plogis(drop(x %*% b)), w) }
  sii <- function(b) risk(b, 1) - risk(b, 0); lrii <- function(b) log(risk(b, 1)) - log(risk(b, 0))
  error <- function(f) { g <- derivatives(f, coef(fit)); sqrt(drop(t(g) %*% v %*% g)) }
  s <- sii(coef(fit)); e <- error(sii)
  slope <- data.frame(case = case, measure = "slope_index", level = "", estimate = s, std_error = e,
                      conf_low = s - z * e, conf_high = s + z * e, p_value = 2 * pnorm(-abs(s / e)))
  relative <- wald_rows(case, "", lrii(coef(fit)), error(lrii)); relative$measure <- "relative_index"
  rbind(slope, relative)
}
# Twice the weighted covariance of outcome and ridit over the mean, and its kin, as functions of the weights.
index_value <- function(kind, y, step, w) {
  p <- w / sum(w); mu <- sum(p * y); r <- ridit_table(step, w)
  c <- 2 * sum(p * (y - mu) * (r - sum(p * r))) / mu
  switch(kind, relative = c, generalised = mu * c, erreygers = 4 * mu * c, wagstaff = c / (1 - mu))
}
# Infinitesimal jackknife: derivative in each row's weight, times the weight; rows alike in both columns share theirs.
index_row <- function(case, kind, y, step, w, cluster) {
  z <- qnorm(.975); value <- index_value(kind, y, step, w); key <- paste(y, step); total <- sum(w); scaled <- w / total
  # grouped: one cell per (outcome, step), the weight of a cell is the sum; the derivative is the same for each row
  cells <- !duplicated(key); mass <- tapply(scaled, key, sum)[key[cells]]
  f <- function(m) index_value(kind, y[cells], step[cells], m)
  slope <- sapply(seq_along(mass), function(k) {
    h <- 1e-3 * mean(mass); go <- function(m) { b <- mass; b[k] <- b[k] + m * h; f(b) }
    (8 * (go(1) - go(-1)) - (go(2) - go(-2))) / (12 * h)
  })
  u <- scaled * slope[match(key, key[cells])]
  if (!is.null(cluster)) u <- rowsum(u, cluster)
  e <- sqrt(sum(u^2))
  data.frame(case = case, measure = "concentration_index", level = kind, estimate = value, std_error = e,
             conf_low = value - z * e, conf_high = value + z * e, p_value = 2 * pnorm(-abs(value / e)))
}
