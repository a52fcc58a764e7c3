# The six invented municipalities by another route: base R and a calendar of its own, from the tables as CSV.
#
# Rscript six_municipalities.R FOLDER, where FOLDER holds the stored extract as CSV (read_parquet, to_csv), writes
# six_municipalities.csv: counts behind the shares in time by half-year and municipality, the step of the measure,
# coverage, the slope of the needs assessment and the dispersion. R 4.2.2.

folder <- commandArgs(trailingOnly = TRUE)[1]
rd <- function(t) read.csv(file.path(folder, paste0(t, ".csv")), na.strings=c("","NA"), stringsAsFactors=FALSE)
p <- rd("persons"); r <- rd("referrals"); k <- rd("courses"); a <- rd("appointments"); d <- rd("diagnoses"); f <- rd("forms")
day <- function(x) as.Date(substr(x,1,10))
r$received_on <- day(r$received_on); a$date <- day(a$date); k$closed_on <- day(k$closed_on); p$death_date <- day(p$death_date); p$emigration_date <- day(p$emigration_date)
extract <- as.Date("2025-01-10")
easter <- list("2021"="2021-04-04","2022"="2022-04-17","2023"="2023-04-09","2024"="2024-03-31","2025"="2025-04-20")
off <- c()
for (y in 2021:2025) { e <- as.Date(easter[[as.character(y)]]); 
  off <- c(off, as.character(c(as.Date(paste0(y,"-01-01")), e-3, e-2, e+1, e+39, e+50, as.Date(paste0(y,c("-12-25","-12-26","-12-24","-12-31","-06-05"))))))
  if (y<=2023) off <- c(off, as.character(e+26)) }
all <- seq(as.Date("2020-12-01"), as.Date("2025-12-31"), by=1)
work <- !(weekdays(all) %in% c("Saturday","Sunday")) & !(as.character(all) %in% off)
cum <- cumsum(work); names(cum) <- as.character(all)
wd <- function(s,e) cum[as.character(e)] - cum[as.character(s)]
role <- setNames(p$role, p$person_id)
home <- r[r$accepted %in% c("True","TRUE",TRUE) & is.na(r$parent_referral_id) & role[r$person_id]=="patient",]
home$mun <- k$municipality[match(home$course_id,k$course_id)]
first <- function(kind) { x <- a[a$kind %in% kind & a$status=="attended",]; tapply(as.numeric(x$date), x$course_id, min) }
home$contact <- as.Date(first(c("first_contact","interview"))[home$course_id], origin="1970-01-01")
home$assessed <- as.Date(first("interview")[home$course_id], origin="1970-01-01")
cl <- match(home$course_id,k$course_id)
home$declined <- as.Date(ifelse(k$close_reason[cl] %in% "declined", as.character(k$closed_on[cl]), NA))
home$left <- pmin(p$death_date[match(home$person_id,p$person_id)], p$emigration_date[match(home$person_id,p$person_id)], na.rm=TRUE)
home$half <- paste0(format(home$received_on,"%Y"), ifelse(as.numeric(format(home$received_on,"%m"))<=6,"-H1","-H2"))
stand <- function(done, limit) { 
  due <- wd(home$received_on, extract-1) >= limit
  w <- wd(home$received_on, done); out <- rep(NA_real_, nrow(home))
  dec <- wd(home$received_on, home$declined); lef <- wd(home$received_on, home$left)
  endedfirst <- (!is.na(home$declined) & (is.na(done) | home$declined < done) & dec<=limit) | (!is.na(home$left) & (is.na(done) | home$left < done) & lef<=limit)
  out[due] <- 0; out[due & !is.na(done) & w<=limit] <- 1; out[due & endedfirst] <- NA; out }
home$fc <- stand(home$contact,5); home$na_ <- stand(home$assessed,10)

rows <- NULL
put <- function(what, unit, at, value) rows <<- rbind(rows, data.frame(what, unit, at, value))
for (name in c("fc", "na_")) for (h in sort(unique(home$half))) for (m in LETTERS[1:6]) {
  v <- home[[name]][home$half == h & home$mun == m]
  put(paste0(name, "_events"), m, h, sum(v, na.rm = TRUE)); put(paste0(name, "_n"), m, h, sum(!is.na(v)))
}
ok <- !is.na(home$fc) & home$half != "2025-H1"; t <- as.numeric(home$received_on - as.Date("2023-07-01")) / 365.25
for (model in c("crude", "trend")) {
  g <- if (model == "crude") glm(home$fc[ok] ~ (t[ok] >= 0), family = binomial, epsilon = 1e-14, maxit = 100) else
    glm(home$fc[ok] ~ t[ok] + (t[ok] >= 0), family = binomial, epsilon = 1e-14, maxit = 100)
  k <- summary(g)$coef; k <- k[nrow(k), ]
  put("log_odds_ratio", model, "", k[1]); put("log_odds_ratio_error", model, "", k[2])
}
dd <- d[grepl("^C([0-8][0-9]|9[0-7])|^D(09|30|32|33|35|4[1-7])", d$diagnosis) & !grepl("^C44", d$diagnosis), ]
dd$diagnosis_date <- day(dd$diagnosis_date); dd <- dd[order(dd$diagnosis_date), ]; dd <- dd[!duplicated(dd$person_id), ]
i <- dd$diagnosis_date >= as.Date("2024-07-01") & dd$diagnosis_date <= as.Date("2024-12-31")
for (m in LETTERS[1:6]) {
  k <- length(unique(home$person_id[home$half == "2024-H2" & home$mun == m])); e <- 0.4 * sum(dd$municipality[i] == m)
  put("coverage", m, "2024-H2", k / e); put("coverage_low", m, "2024-H2", poisson.test(k, e)$conf.int[1])
  put("coverage_high", m, "2024-H2", poisson.test(k, e)$conf.int[2])
}
h <- home[!is.na(home$na_) & home$half != "2025-H1", ]; h$edu <- p$education[match(h$person_id, p$person_id)]
lev <- c("basic", "upper_secondary_or_vocational", "short_or_medium_higher", "long_higher"); h <- h[h$edu %in% lev, ]
n <- table(factor(h$edu, lev)); rid <- (cumsum(n) - n / 2) / sum(n); h$x <- as.numeric(rid[h$edu])
g <- glm(na_ ~ x, binomial, h, epsilon = 1e-14, maxit = 100)
put("slope_index", "all", "", diff(plogis(predict(g, data.frame(x = 0:1)))))
over <- home[home$half != "2025-H1", ]; over <- over[!duplicated(paste(over$person_id, over$half)), ]
k <- as.numeric(table(factor(p$education[match(over$person_id, p$person_id)], lev)))
i <- dd$diagnosis_date >= as.Date("2021-01-01") & dd$diagnosis_date <= as.Date("2024-12-31") & dd$municipality %in% LETTERS[1:6]
e <- 0.4 * as.numeric(table(factor(p$education[match(dd$person_id[i], p$person_id)], lev))); x <- (cumsum(e) - e / 2) / sum(e)
g <- glm(k ~ x, poisson, offset = log(e), epsilon = 1e-12)
put("coverage_slope", "all", "", exp(sum(coef(g))) - exp(coef(g)[[1]])); put("coverage_ratio", "all", "", exp(coef(g)[[2]]))
hh <- home[home$half != "2025-H1", ]; v <- hh$fc; target <- mean(v, na.rm = TRUE)
k <- tapply(v, list(hh$mun, hh$half), sum, na.rm = TRUE); n <- tapply(!is.na(v), list(hh$mun, hh$half), sum)
z <- (k / n - target) / sqrt(target * (1 - target) / n); q <- quantile(z, c(0.1, 0.9))
put("overdispersion", "all", "", mean(pmin(pmax(z, q[1]), q[2])^2))
rows$value <- format(rows$value, digits = 17, trim = TRUE)
write.csv(rows, "six_municipalities.csv", row.names = FALSE, quote = FALSE)
