"""How much one document may cost. The defaults read a PDF of 2,000 pages or a scan of 50 with room to spare."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Ocr:
    """What the recognition of scanned pages may cost, beyond the reading of the document itself."""

    enabled: bool = True
    pages: int = 200
    dpi: int = 200
    seconds: int = 600  # of processor time; a dense page takes five to ten


@dataclass(frozen=True)
class Limits:
    wall_seconds: float = 300.0
    cpu_seconds: int = 240
    memory_bytes: int = 1536 * MIB  # address space, above what the helper itself maps
    resident_bytes: int = 800 * MIB  # memory really in use, with the helper's own
    input_bytes: int = 200 * MIB
    output_bytes: int = 64 * MIB
    warm_up_seconds: float = 60.0  # for the helper to start on a busy machine
    ocr: Ocr = Ocr()
    # Files inside, counted through all levels of archives in archives.
    parts: int = 5000
    part_bytes: int = 100 * MIB
    parts_bytes: int = 2000 * MIB
    depth: int = 4


def limits_from_settings() -> Limits:
    """DOCUMENT_* settings where Django has them; the defaults where there is no Django."""
    try:
        from django.conf import settings

        return Limits(
            wall_seconds=float(getattr(settings, "DOCUMENT_PARSE_SECONDS", Limits.wall_seconds)),
            cpu_seconds=int(getattr(settings, "DOCUMENT_PARSE_CPU_SECONDS", Limits.cpu_seconds)),
            resident_bytes=int(getattr(settings, "DOCUMENT_PARSE_RESIDENT_BYTES", Limits.resident_bytes)),
            memory_bytes=int(getattr(settings, "DOCUMENT_PARSE_MEMORY_BYTES", Limits.memory_bytes)),
            input_bytes=int(getattr(settings, "DOCUMENT_MAX_BYTES", Limits.input_bytes)),
            output_bytes=int(getattr(settings, "DOCUMENT_MAX_TEXT_BYTES", Limits.output_bytes)),
            ocr=Ocr(
                enabled=bool(getattr(settings, "DOCUMENT_OCR", Ocr.enabled)),
                pages=int(getattr(settings, "DOCUMENT_OCR_PAGES", Ocr.pages)),
                dpi=int(getattr(settings, "DOCUMENT_OCR_DPI", Ocr.dpi)),
                seconds=int(getattr(settings, "DOCUMENT_OCR_SECONDS", Ocr.seconds)),
            ),
            parts=int(getattr(settings, "DOCUMENT_MAX_PARTS", Limits.parts)),
            part_bytes=int(getattr(settings, "UPLOAD_MAX_BYTES", Limits.part_bytes)),
            parts_bytes=int(getattr(settings, "DOCUMENT_MAX_PARTS_BYTES", Limits.parts_bytes)),
            depth=int(getattr(settings, "DOCUMENT_MAX_DEPTH", Limits.depth)),
        )
    except Exception:  # Django is absent or not configured: parsing needs neither
        return Limits()
