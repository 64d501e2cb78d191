"""What tells languages apart in text of unknown encoding: letters beyond ASCII by frequency, and common words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    letters: str  # beyond ASCII, lower case, the most frequent first
    words: frozenset[str] = frozenset()


def _language(letters: str, words: str = "") -> Language:
    return Language(letters, frozenset(words.split()))


LATIN = {
    "de": _language(
        "üäöß", "der die und den das mit von für ist nicht auf ein eine im werden wird zu zur bei oder"
    ),
    "fr": _language(
        "éèàêçôîûùâœïëæÿ", "de la le les et des en un une du est que pour dans qui par sur au pas ou"
    ),
    "es": _language("óíáéñúü¿¡ªº", "de la que el en y los del las un por con una para es se al lo como no"),
    "pt": _language(
        "ãçáéíóêõâúôàªºü", "de que do da em um para com uma os no se na por mais as dos não é ao"
    ),
    "it": _language(
        "àèìùòéîª°", "di che la il un per in una sono con del si da non le dei alla della gli più"
    ),
    "sv": _language("äåöé", "och att det som en på är av för med den till inte om ett har de kan från eller"),
    "da": _language(
        "åæøéÅ", "og at det er en af på til den med for ikke der de som har et kan fra eller til"
    ),
    "fi": _language("äöåšž", "ja on ei se että hän tai kun ovat oli joka mutta sen ole kuin jos olla myös"),
    "is": _language("áðíéóúýþæö", "og að er það sem til við ekki um var en hann með fyrir frá eru ég"),
    "nl": _language("éëïóèöü", "de van het een en in is dat op te zijn met voor niet aan er om door ook bij"),
}
CENTRAL = {
    "pl": _language("ąłęóżśćńź", "w na do się nie z że jest to i o od po przez lub za oraz jak dla co"),
    "cs": _language("áíéýěřčžšůúťňďó", "a se na je v že to s z do o i ve pro by jako po za od nebo"),
    "sk": _language("áíéýčžľšťúôňďäóŕĺ", "a sa na je v že to s z do o aj vo pre by ako po za od alebo"),
    "hu": _language(
        "áéöóőíüúű", "a az és hogy nem van egy is ha ez meg csak már mint azt vagy aki minden joga volt"
    ),
    "ro": _language("ăâîşţșț", "de la şi și în cu nu pe un o care din sau este are vă mai sunt fi se că"),
    "hr": _language("čšžćđ", "je i u na se za da od su s ili ne koji kao iz to ima sve bi što"),
}
BALTIC = {
    "lt": _language("ėųšįūąžęč", "ir yra kad iš su į turi bei ar bet tai per kaip nuo ne jo jos buvo"),
    "lv": _language("āīēšūņļžķģčķŗ", "un ir uz ka ar par no kas bet vai tas lai kad pie mēs ne jūs viņš"),
    "et": _language("äõüöšž", "ja on ei et see kui oma mis ka või aga siis ta kes nii oli ning selle"),
}
TURKISH = {
    "tr": _language(
        "ıişüğöçâîİ", "ve bir bu da de için ile ne çok daha gibi olarak olan her kadar var en sonra"
    ),
}
VIETNAMESE = {
    "vi": _language(
        "\u0301\u0300\u0323\u0309\u0303đăâêôơư",
        "và của là có cho trong được các người không một những với khi đã",
    ),
}
CYRILLIC = {
    "ru": _language(
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё№", "и в не на что с по как к из за для от или его это"
    ),
    "uk": _language("оанивітерсклдупмязгбьчйїхцєжшщюфґ№", "і в не на що з до як за та це для від або його"),
    "bg": _language("аоеинтрсвлкдпмзуягбчщъжцхйшюфь№", "и на да се за от не в с е че по като са ще или"),
    "sr": _language("аоеинтсрлкдвумпјгзбљчњћшжђцхџф", "и у је да се на за од су не са као који или"),
}
GREEK = {
    "el": _language("αοιετσνηυρπκμλωςγδέίάόήχθύφώξβζψϊϋΐΰ", "και το να της του η από με για την στο σε που")
}
HEBREW = {"he": _language("יוהלאמרתבשנםדעקחפסטכגזץןךףצ־׳״", "של את על לא זה עם כל או")}
ARABIC = {
    "ar": _language("الينمورتبةعدسفهكقحجشصأطخذزءئإغضظىثؤآ،؟؛ـ", "في من على أن إلى التي هذا مع لا أو"),
    "fa": _language("اردنهیويمتسبلشکگكخزقفعجپحآطصچضذغظژثءئ،؟؛\u200c", "و در به از که این را با است"),
}
THAI = {"th": _language("านรอกเงมัย่ลว้ดทสีติะปุบคหแ์จพชขใืไ็ูึโผถณซธศภษฐๆญฯฎฏฒฆฉฬฝฟฑฌฮ")}

# For scripts with thousands of characters: the few most frequent, and the national set by which the others rank.
JAPANESE = (
    "のにはをたがでてとしれさいるなもあこらかりっまんすーインスルトリアラクシコレタ、。「」"
    "年月日人一大名前住所中本"
)
SIMPLIFIED = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会，。、：；（）可也你对生能而子那得于着下自之年"
)
TRADITIONAL = (
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會，。、：；（）可也你對生能而子那得於著下自之年"
)
KOREAN = "이다는의에을가한고를은하지로기자사리도인스대어나서정시해일보전부수제장니습있주원회"
