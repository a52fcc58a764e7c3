"""The page that pandoc leaves to Word: paper, margins, type size and rules of the table, set in the file itself."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

WIDE = 5
"""From this many columns on the page lies on its side."""
A4 = (11906, 16838)  # twentieths of a point
MARGIN = 1134  # 20 mm
FIXED_TIME = (2015, 1, 1, 0, 0, 0)
RULES = (
    "<w:tblBorders>"
    '<w:top w:val="single" w:sz="8" w:space="0" w:color="444444"/>'
    '<w:bottom w:val="single" w:sz="8" w:space="0" w:color="444444"/>'
    '<w:insideH w:val="single" w:sz="2" w:space="0" w:color="D0D0D0"/>'
    "</w:tblBorders>"
)


def laid_out(path: Path, *, columns: int) -> Path:
    """Rewrite a Word file by pandoc: A4 (on its side from `WIDE` columns), 9 point, rules; fixed times inside."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    document = parts["word/document.xml"].decode("utf-8")
    document = _page(document, landscape=columns >= WIDE)
    document = re.sub(
        r"(<w:tblPr>.*?)(<w:tblLayout[^>]*/>|<w:tblLook|</w:tblPr>)", rf"\1{RULES}\2", document, flags=re.S
    )
    parts["word/document.xml"] = document.encode("utf-8")
    parts["word/styles.xml"] = _small_type(parts["word/styles.xml"].decode("utf-8")).encode("utf-8")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, FIXED_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return path


def _page(document: str, *, landscape: bool) -> str:
    short, long = A4
    wide, high = (long, short) if landscape else (short, long)
    turned = ' w:orient="landscape"' if landscape else ""
    margins = " ".join(f'w:{side}="{MARGIN}"' for side in ("top", "right", "bottom", "left"))
    section = (
        f'<w:sectPr><w:pgSz w:w="{wide}" w:h="{high}"{turned}/>'
        f'<w:pgMar {margins} w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>'
    )
    document = re.sub(r"<w:sectPr\b.*?</w:sectPr>|<w:sectPr\s*/>", "", document, flags=re.S)
    return document.replace("</w:body>", f"{section}</w:body>")


def _small_type(styles: str) -> str:
    """9 point throughout: the document's default size, and no size of its own in the plain paragraph styles."""
    return re.sub(r'(<w:rPrDefault>.*?<w:sz w:val=")\d+(".*?<w:szCs w:val=")\d+', r"\g<1>18\g<2>18", styles, flags=re.S)
