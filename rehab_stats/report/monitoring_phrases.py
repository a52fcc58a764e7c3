"""The sentences and headings of the figures of monitoring, English and Danish."""

from __future__ import annotations

# name -> (English, Danish); {braces} are filled in
MONITORING_CHARTS: dict[str, tuple[str, str]] = {
    "funnel_x": ("Referrals counted (n)", "Henvisninger talt med (n)"),
    "share_y": ("{what} (%)", "{what} (%)"),
    "centre_all": ("all together", "alle under ét"),
    "centre_target": ("criterion", "kriterium"),
    "outside_key": ("Diamonds: outside the 95 % limits.", "Ruder: uden for 95 %-grænserne."),
    "line": ("line", "linje"),
    "median": ("median", "median"),
    "number_axis": ("Number of {what}", "Antal {what}"),
    "counted_row": ("n", "n"),
    "began": ("began {date}", "begyndte {date}"),
    "caption_funnel": (
        "{outcome}: share by {exposure} against the number counted, with 95 % confidence intervals, between the limits "
        "that chance allows around {centre}; no ranks.",
        "{outcome}: andel efter {exposure} mod antallet talt med, med 95 % konfidensintervaller, mellem de grænser, "
        "tilfældighed tillader omkring {centre}; ingen rangorden.",
    ),
    "caption_p_chart": (
        "{outcome}: share by period, between control limits that 99.73 % of periods keep by chance.",
        "{outcome}: andel efter periode, mellem kontrolgrænser, som 99,73 % af perioderne holder ved tilfældighed.",
    ),
    "caption_run_chart": (
        "Number of {outcome} by period, about the median.",
        "Antal {outcome} efter periode, omkring medianen.",
    ),
    "caption_before_after": (
        "{outcome}: share before and after a measure began, with 95 % confidence intervals.",
        "{outcome}: andel før og efter, at et tiltag begyndte, med 95 % konfidensintervaller.",
    ),
    "signal_read": ("Over all periods: {signal}.", "Over alle perioder: {signal}."),
}
