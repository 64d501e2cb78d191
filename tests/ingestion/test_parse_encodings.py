"""Text in the encodings that files have, long and tiny: never mojibake."""

import pytest

from ingestion.parse.encoding import decode

# Language: a sentence and the older encodings in which its people kept files.
SENTENCES = {
    "de": (
        "Die Überstunden werden für alle Beschäftigten monatlich geprüft",
        "cp1252 iso8859_1 iso8859_15 mac_roman cp850 cp437",
    ),
    "fr": (
        "Les congés payés doivent être demandés à l'avance",
        "cp1252 iso8859_1 iso8859_15 mac_roman cp850 cp437",
    ),
    "es": (
        "El niño comió en la oficina de la señora Muñoz; ¿cuándo llegará el próximo avión a Málaga? ¡Qué rápido pasó el año!",
        "cp1252 iso8859_1 mac_roman cp850",
    ),
    "pt": (
        "A reunião de avaliação não está marcada",
        "cp1252 iso8859_1 mac_roman cp850",
    ),
    "it": (
        "La città è più bella di sera perché l'università è già chiusa; così si può passeggiare fino a mezzanotte, e sarà libertà",
        "cp1252 iso8859_1 mac_roman",
    ),
    "sv": (
        "Kvinnan åt köttbullar på måndag och gick sedan till mötet där alla hälsade på den nya chefen från Göteborg",
        "cp1252 iso8859_1 mac_roman cp850",
    ),
    "da": (
        "Når medarbejderen er på ferie, må ingen åbne døren til kælderen",
        "cp1252 iso8859_1 cp865",
    ),
    "fi": (
        "Työntekijällä on oikeus lomaan, jos hän on ollut töissä yli vuoden",
        "cp1252 iso8859_1",
    ),
    "pl": (
        "Każdy pracownik powinien złożyć wniosek o urlop z wyprzedzeniem",
        "cp1250 iso8859_2 cp852",
    ),
    "cs": (
        "Každý zaměstnanec má právo na dovolenou",
        "cp1250 iso8859_2 cp852",
    ),
    "hu": (
        "Minden dolgozónak joga van a szabadságra",
        "cp1250 iso8859_2",
    ),
    "ro": (
        "Fiecare angajat are dreptul la concediu",
        "cp1250 iso8859_2",
    ),
    "hr": (
        "Svaki zaposlenik ima pravo na godišnji odmor",
        "cp1250 iso8859_2",
    ),
    "tr": (
        "Her çalışanın yıllık izin hakkı vardır",
        "cp1254 iso8859_9",
    ),
    "lt": (
        "Kiekvienas darbuotojas turi teisę į atostogas",
        "cp1257 iso8859_13",
    ),
    "lv": (
        "Katram darbiniekam ir tiesības uz atvaļinājumu",
        "cp1257 iso8859_13",
    ),
    "et": (
        "Igal töötajal on õigus puhkusele",
        "cp1257 iso8859_15",
    ),
    "ru": (
        "Каждый сотрудник имеет право на отпуск",
        "cp1251 koi8_r iso8859_5 cp866 mac_cyrillic",
    ),
    "uk": (
        "Кожен працівник має право на відпустку",
        "cp1251 koi8_u iso8859_5",
    ),
    "bg": (
        "Всеки служител има право на отпуск",
        "cp1251 iso8859_5",
    ),
    "el": (
        "Κάθε εργαζόμενος έχει δικαίωμα άδειας",
        "cp1253 iso8859_7 cp737",
    ),
    "he": (
        "לכל עובד יש זכות לחופשה שנתית",
        "cp1255 iso8859_8",
    ),
    "ar": (
        "لكل موظف الحق في إجازة سنوية",
        "cp1256 iso8859_6",
    ),
    "fa": (
        "هر کارمند حق مرخصي سالانه دارد",
        "cp1256",
    ),
    "th": (
        "พนักงานทุกคนมีสิทธิ์ลาพักร้อน กรุณาปิดประตูเมื่อออกจากสำนักงาน วันนี้เราฉลองวันเกิดของบริษัท",
        "cp874",
    ),
    "ja": (
        "従業員は年次有給休暇を取得する権利があります。オフィスを出るときはドアを閉めてください。今日は会社の創立記念日です。",
        "cp932 euc_jp iso2022_jp",
    ),
    "zh": (
        "每位员工都有权享受年假。离开办公室时请关门。今天我们庆祝公司的生日，大家都很高兴。",
        "gb18030 gbk hz",
    ),
    "zht": (
        "每位員工都有權享受年假。離開辦公室時請關門。今天我們慶祝公司的生日，大家都很高興。",
        "big5",
    ),
    "ko": (
        "모든 직원은 연차 휴가를 사용할 권리가 있습니다",
        "cp949 iso2022_kr",
    ),
}
# Left out are DOS and old Macintosh encodings: a handful of their bytes reads as well in a newer one.
TINY = [
    ("id,name\n1,Müller\n2,Jäger\n", "cp1252 iso8859_1 iso8859_15"),
    ("Größe;Maß\n12;groß\n", "cp1252 iso8859_1 iso8859_15"),
    ("id,nom\n1,Éric\n2,Hélène\n", "cp1252 iso8859_1 iso8859_15"),
    ("café", "cp1252 iso8859_1 iso8859_15"),
    ("id,ciudad\n1,Málaga\n2,Logroño\n", "cp1252 iso8859_1"),
    ("id,cidade\n1,São Paulo\n", "cp1252 iso8859_1"),
    ("id,nome\n1,Niccolò\n2,città\n", "cp1252 iso8859_1"),
    ("id,namn\n1,Åsa\n2,Björn\n", "cp1252 iso8859_1"),
    ("id,navn\n1,Søren\n2,Åge\n", "cp1252 iso8859_1"),
    ("id,imię\n1,Łukasz\n2,Małgorzata\n", "cp1250 iso8859_2"),
    ("id,miasto\n1,Łódź\n2,Kraków\n3,Gdańsk\n", "cp1250 iso8859_2"),
    ("id,jméno\n1,Jiří\n2,Tomáš\n3,Žaneta\n", "cp1250 iso8859_2"),
    ("id,isim\n1,Işıl\n2,Şükrü\n3,Gülşah\n", "cp1254 iso8859_9"),
    ("id,vardas\n1,Žydrūnas\n2,Šarūnas\n", "cp1257 iso8859_13"),
    ("id,имя\n1,Иван\n2,Мария\n", "cp1251 koi8_r iso8859_5 cp866"),
    ("id,name\n1,Москва\n", "cp1251 koi8_r iso8859_5 cp866"),
    ("id,ім'я\n1,Олексій\n2,Наталія\n3,Київ\n", "cp1251 koi8_u iso8859_5"),
    ("id,age,name\n1,39,Λεωνίδας\n2,25,Αλέξανδρος\n3,36,Γιάννης\n", "cp1253 iso8859_7"),
    ("id,name\n1,Αθήνα\n", "cp1253 iso8859_7"),
    ("id,name\n1,ירושלים\n2,חיפה\n", "cp1255 iso8859_8"),
    ("id,name\n1,القاهرة\n2,محمد\n", "cp1256 iso8859_6"),
    ("id,name\n1,กรุงเทพ\n2,สมชาย\n", "cp874"),
    ("名前,年齢,住所\n佐藤太郎,30,東京\n三木英子,25,大阪\n", "cp932 euc_jp iso2022_jp"),
    ("id,name\n1,日本語\n", "cp932 euc_jp iso2022_jp"),
    ("id,name\n1,中国人\n", "gb18030 gbk gb2312 hz"),
    ("id,name\n1,english\n2,北京\n3,上海\n", "gb18030 gbk gb2312 hz"),
    ("id,name\n1,臺北\n2,王小明\n", "big5"),
    ("姓名,城市\n陳美玲,高雄\n", "big5"),
    ("id,name\n1,서울\n2,김철수\n", "cp949 euc_kr iso2022_kr"),
    ("이름,도시\n홍길동,부산\n", "cp949 euc_kr iso2022_kr"),
]
WIDE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_is_read_whatever_its_encoding(language: str):
    sentence, encodings = SENTENCES[language]
    for encoding in encodings.split():
        assert decode(sentence.encode(encoding)) == sentence, encoding
    for encoding in WIDE:
        lines = f"{sentence}\r\n" * 2
        assert decode(lines.encode(encoding)) == lines, encoding


@pytest.mark.parametrize(("text", "encodings"), TINY)
def test_a_file_of_a_few_bytes_is_read_too(text: str, encodings: str):
    for encoding in (*encodings.split(), *WIDE):
        assert decode(text.encode(encoding)) == text, encoding


@pytest.mark.parametrize("encoding", ["cp1252", "cp1251", "cp932", "iso2022_jp"])
def test_one_line_deep_in_a_large_file_decides(encoding: str):
    line = "Каждый сотрудник имеет право" if encoding == "cp1251" else "Größe"
    if encoding in ("cp932", "iso2022_jp"):
        line = "従業員は休暇を取得できます"
    text = "Nothing but plain words here.\n" * 4000 + line + "\n" + "More of them.\n" * 4000
    assert decode(text.encode(encoding)) == text


def test_bytes_of_another_encoding_pasted_into_utf8_are_read_as_what_they_were():
    data = "Überstunden für alle.\n".encode() * 20 + "Größe\n".encode("cp1252")
    assert decode(data).endswith("Größe\n")


def test_a_declared_encoding_means_the_one_that_programs_use_under_this_name():
    assert decode("“Zitat” – 5 €".encode("cp1252"), declared="ISO-8859-1") == "“Zitat” – 5 €"
    assert decode("中國，你好".encode("gb18030"), declared="gb2312") == "中國，你好"


@pytest.mark.parametrize("declared", ["unicode_escape", "idna", "hex", "undefined", "no-such", "utf-16", ""])
def test_a_false_declaration_changes_nothing(declared: str):
    assert decode("Größe \\u0041".encode("cp1252"), declared=declared) == "Größe \\u0041"


def test_a_file_cut_within_a_character_is_still_utf8():
    assert decode(("Wörter " * 20 + "ü").encode()[:-1]) == "Wörter " * 20
