# The small valid extract of tests/extract/conftest.py as SAS files, written by haven (ReadStat cannot be asked from Python
# to write sas7bdat). Run from the top of the repository after tests/extract/conftest.py has written the extract as CSV:
#   Rscript tests/reference/statistical_files.R FOLDER
# haven's sas7bdat is read by ReadStat, though not by SAS itself.
suppressMessages(library(haven))
folder <- commandArgs(trailingOnly = TRUE)[1]
out <- "tests/reference/sas"
dir.create(out, showWarnings = FALSE)
dates <- c("birth_date", "education_as_of", "death_date", "emigration_date", "diagnosis_date", "needs_assessed_on",
           "received_on", "discharged_on", "from", "to", "opened_on", "closed_on", "booked_on", "date",
           "due_on", "given_on", "returned_on")
numbers <- c("birth_year", "income", "children_at_home", "comorbidity", "diagnosed", "score", "answer")
tables <- c("persons", "diagnoses", "referrals", "residences", "denominators", "courses", "appointments", "forms", "items")
for (table in tables) {
  data <- read.csv(file.path(folder, paste0(table, ".csv")), colClasses = "character", check.names = FALSE, encoding = "UTF-8")
  for (name in intersect(names(data), dates)) {
    data[[name]] <- as.Date(ifelse(data[[name]] == "", NA, data[[name]]))
    attr(data[[name]], "format.sas") <- "DATE9"
  }
  for (name in intersect(names(data), numbers)) data[[name]] <- as.numeric(data[[name]])
  for (name in intersect(names(data), c("cohabiting", "accepted"))) {
    data[[name]] <- ifelse(data[[name]] == "", NA, as.numeric(data[[name]] == "true"))
  }
  names(data) <- toupper(names(data))
  write_sas(data, file.path(out, paste0(table, ".sas7bdat")))
}
