"""As `index.abbreviations`, for news in German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian,
Ukrainian and Turkish.

Nobody says which language a text is in: a word is listed only where an English sentence hardly ends with it, and what
begins a sentence counts only after an abbreviation of the same language.
"""

import re


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


def _either_case(listed: str) -> frozenset[str]:
    return frozenset(form for word in listed.split() for form in (word, word[0].upper() + word[1:]))


# A name or a further word must follow, unless what follows begins an English sentence.
TITLES = _words(
    """
    prof sen dep Dep gov pres sig Sig cav Cav MM Org burg woj Cad Sok Mah Bulv Tuğg Yzb Bşk Tic Ud Uds Dra Dras Sta Sto
    Pe Cel
    """
) | _either_case(
    """
    geb vgl ggf av apr mevr dhr bijv drs ir wnd zgn resp dña srta sres sras lic gral cnel cmdte cmte tte pdte excmo
    excma ilmo ilma rvdo mons hno hnos fco mtro mtra arq inst hosp avda pza ctra depto dpto eng exmo exma profa dott
    sigg avv ing geom egr spett vicepres dott.ssa prof.ssa sig.ra inż insp pocz poł prok płk ppłk abp św pw ul проф
    акад доц ген кап полк подп св ул просп пр пл наб пер пос оз дер бул бульв напр гр нар арт засл вул пров поч ім
    doç uzm öğr örn
    """
)
# So too after an article: “il cap. Longo”, “all’on. Galli”; or in company: “ad es.”, “m. in.”.
_AFTER_ARTICLES = _words("arch cap card cel col comm Des Gal gén Min on pref proc rag reg ten Ten")
_ARTICLES = _words("il Il le Le lo la La gli Gli del della dei degli al alla dal dalla e o O do da ao el El y")
_ELIDED = re.compile(r"(?:[LlDd]|[Uu]n|(?:[Dd]|[Nn])ell|(?:[Dd]|[Ss]u)?[Aa]ll|[Ss]ull)[’'](?=\w)")
_AFTER_ANOTHER = {
    "es": ("ad", "Ad"),
    "os": ("na", "Na", "przez", "z", "w"),
    "hab": ("dr", "Dr", "dr.", "Dr."),
    "in": ("m.",),
    "ej": ("p.", "P.", "por", "Por"),
    "ex": ("p.", "P.", "por", "Por"),
    "зв": ("т.",),
    "наз": ("т.",),
}

# Go with the number after them, Roman ones too: “séc. XIX”.
_COUNTING = _words(
    "Ok ok Tel tel jan feb apr jun jul aug sep okt nov dec genn febb giu lug sett ott dic ene abr fev dez mrt"
    " janv févr avr juil sept oct déc Abs Abb Ziff Kap Aufl Str"
) | _either_case(
    """
    núm núms pág págs pag pagg cap caps séc sec aprox env tél blz hfst afb godz ust poz pkt gest рис стр гл ст табл
    тел ок бл корп кв буд руб грн стор розд
    """
)
_ROMAN = re.compile(r"[IVXLC]{2,}")
_ONE_ROMAN = _words("I V X")

_GERMAN = _words(
    """
    Aber Aktuell Allerdings Alle Als Am An Auch Auf Aus Außerdem Bei Beim Bereits Bis Bisher Da Dabei Dadurch Dafür
    Dagegen Daher Damit Danach Dann Daran Darauf Darin Darüber Darum Das Dass Davon Dazu Dem Den Denn Der Des
    Deshalb Die Dies Diese Dieser Dieses Doch Dort Durch Ein Eine Einer Er Es Etwa Für Gegen Hier Ich Ihr Ihre Im
    Immer In Insgesamt Ist Jedoch Jetzt Kein Keine Laut Man Mehr Mit Nach Nicht Noch Nun Nur Ob Ohne Rund Sein Seine
    Seit Sie So Sogar Trotz Um Und Unter Viele Vom Von Vor Während Warum Was Weil Weitere Wenn Wer Wie Wir Wird Wo
    Zu Zudem Zuletzt Zum Zur Zwei Zwischen
    """
)
_FRENCH = _words(
    """
    À Après Au Aujourd Aussi Autre Aux Avant Avec Car Ce Celui Cependant Ces Cet Cette Ceux Chaque Comme Dans De
    Depuis Des Deux Devant Du Elle Elles En Enfin Ensuite Entre Et Il Ils Je Jusqu L La Le Les Leur Leurs Lors Mais
    Malgré Même Nous On Or Ou Où Par Parmi Pendant Personne Peu Plus Plusieurs Pour Pourtant Près Puis Quand Quant
    Que Qui Sa Sans Selon Ses Si Son Sous Sur Tous Tout Toutefois Trois Un Une Vers Voici Vous
    """
)
_SPANISH = _words(
    """
    A Además Ahora Al Algunos Allí Ante Antes Así Aún Aunque Ayer Cada Como Con Cuando De Desde Después Dos Durante
    El Él Ella Ellos En Entonces Entre Era Es Esa Ese Eso Esta Está Este Esto Estos Fue Ha Hasta Hay Hoy La Las Le
    Les Lo Los Luego Más Mientras Muchos Nadie Ni No Otro Otros Para Pero Poco Por Porque Pues Que Quien Se Según
    Ser Si Sí Sin Sobre Solo Su Sus También Tampoco Todo Todos Tras Tres Un Una Uno Unos Y Ya Yo
    """
)
_ITALIAN = _words(
    """
    A Ad Adesso Ai Al Alcuni Alla Alle Allora Anche Ancora Attualmente Chi Ci Come Con Così Da Dal Dalla Davanti Dei
    Del Della Delle Di Dopo Dove Due Durante È E Ecco Ed Era Erano Fino Fu Furono Gli Ha Hanno I Ieri Il In Infatti
    Infine Intanto Inoltre Invece Io L La Le Lei Lo Loro Lui Ma Mentre Molti Nei Nel Nell Nella Nelle Nessuno No Noi
    Non Oggi Ogni Ora Per Perché Perciò Più Poi Prima Pure Qualche Quando Quanto Quella Quello Questa Questi Questo
    Qui Se Secondo Senza Si Sono Sotto Su Sul Sulla Subito Tra Tre Tutti Tutto Un Una Uno
    """
)
_PORTUGUESE = _words(
    """
    A Agora Ainda Além Alguns Ao Aos Apesar Após As Até Cada Com Como Contudo Da De Depois Desde Dois Durante E É
    Ela Elas Ele Eles Em Enquanto Então Entre Era Eram Essa Esse Esta Está Este Eu Foi Há Hoje Isso Já Mais Mas
    Mesmo Muitos Na Nas Nenhum Ninguém No Nos Nós Não O Onde Ontem Os Ou Outro Outros Para Pela Pelo Pois Por Porém
    Quando Quem Se Segundo Sem Ser Seu Só Sob Sobre Sua Também Todos Três Tudo Um Uma
    """
)
_DUTCH = _words(
    """
    Aan Alle Als Bij Daar Daarmee Daarna Daarnaast Daarom Dan Dat De Deze Die Dit Door Dus Echter Een Eerder En Er
    Geen Haar Had Heeft Het Hier Hij Hoe Hun Ik In Inmiddels Is Maar Meer Met Na Naar Niemand Niet Nu Of Om Omdat
    Ook Op Over Per Sinds Te Tegen Terwijl Toch Toen Tot Tussen Uit Van Vanaf Veel Volgens Voor Waar Wanneer Wat We
    Wel Werd Wie Wij Ze Zij Zijn Zo Zonder
    """
)
_POLISH = _words(
    """
    A Aby Ale Ani Bez Był Była Było Były By Chociaż Choć Co Czy Dlaczego Dlatego Do Dla Dodał Dodała Dopiero Dziś
    Gdy Gdzie I Ich Inni Ja Jak Jednak Jednocześnie Jego Jej Jest Jeśli Już Każdy Kiedy Kto Która Który Które Ma
    Mamy My Na Nad Nie Nikt O Obecnie Od On Ona Oni Oraz Po Pod Podczas Poinformował Ponadto Potem Powiedział Przed
    Przez Przy Są Są Także Tak Tam Ta Te Ten To Też Teraz Tego Tylko Tym Tymczasem U W Według We Więc Wtedy Wszyscy
    Z Za Zaś Zdaniem Ze Został Została Zostały Że
    """
)
_RUSSIAN = _words(
    """
    А Без Более Был Была Были Было В Ведь Во Все Всего Вы Где Два Для До Его Ее Её Если Есть Ещё Еще Же За Затем
    Здесь И Из Или Именно Их К Как Какой Когда Который Кроме Кто Между Многие Можно Мы На Над Например Не Нет Ни
    Никто Но Об Однако Он Она Они Оно От По Под После Потом При Про Ранее С Сегодня Сейчас Со Согласно Так Также Там
    Тем То Тогда Только Три Ты У Уже Хотя Через Что Чтобы Эта Эти Это Этот Я
    """
)
_UKRAINIAN = _words(
    """
    А Або Адже Але Без Був Була Були Було В Ви Від Він Вона Вони Все Всі Де Для До Він За Зараз Його Її Їх З Згідно
    Зі Із І Й Коли Крім Ми Між На Над Не Ні Ніхто О Об Однак Окрім Отже Під Після По Потім При Про Проте Раніше Саме
    Сьогодні Та Так Також Там Тим Тоді То У Усі Через Хоча Хто Це Ця Цей Ці Цього Чи Що Щоб Ще Я Як Якщо Якби
    """
)
_TURKISH = _words(
    """
    Ama Ancak Ardından Artık Aynı Ayrıca Ben Bir Birçok Biz Bu Buna Bunun Bunlar Bununla Böyle Böylece Çünkü Daha
    Diğer Dün Fakat Gibi Hem Hiçbir Her Herkes İki İlk İse Için Kimse Konuyla Ne O Olay Olayda Onlar Önce Öte Sonra
    Son Şimdi Şirket Şu Üç Ve Yani Yeni Yine
    """
)

# May end a sentence, and do so where the next word is one that begins sentences in a language that has them.
_MAY_END = (
    ("Alb Chr Std Jh Jhdt v.m n.V", _GERMAN),
    ("h m min S.A S.A.S S.A.R.L Cie J.-C", _FRENCH),
    ("S.A S.L EE.UU a.C d.C gen h m min s Cía C.V", _SPANISH),
    ("S.p.A s.p.a S.r.l s.r.l a.C d.C m min s mln mld", _ITALIAN),
    ("S.A Ltda Cia a.C d.C h m min", _PORTUGUESE),
    ("B.V N.V b.v n.v Chr v.Chr n.Chr mln mld m min", _DUTCH),
    ("r w im S.A o.o p.n.e n.e tys mln mld proc min", _POLISH),
    ("г гг им в вв н.э э м т ч обл долл янв фев февр апр авг сен сент окт ноя нояб дек", _RUSSIAN),
    ("р рр ст н.е е м обл дол", _UKRAINIAN),
    ("A.Ş Şti", _TURKISH),
)
_OPENING_AFTER = {
    word: frozenset[str]().union(*(opening for listed, opening in _MAY_END if word in listed.split()))
    for word in " ".join(listed for listed, _ in _MAY_END).split()
}

_AND_SO_ON = _words("т.д т.п ипр таін vb")  # an end wherever a capital follows

# A number's stop makes it the second or third of something, and in these languages what is counted may follow with a
# capital: “am 3. Oktober”, “die 2. Kammer”; “w 2. Lidze”, “w latach 90. Polska”; “İstanbul 5. Ağır Ceza Mahkemesi”.
_GERMAN_MONTHS = _words("Januar Jänner Februar Feber März Mai Juni Juli Oktober Dezember Mrz Okt Dez")
_BEFORE_ORDINALS = _words(
    """
    der die das den dem des ein eine einen einem einer eines am im beim vom zum zur ab bis seit und oder ihr ihre
    ihren ihrem ihrer sein seine seinen seinem seiner unser unsere jeder jede jedes gegen montag dienstag mittwoch
    donnerstag freitag samstag sonnabend sonntag w we na po od podczas lat lata latach
    """
)
_COUNTED_IN_TURKISH = _words(
    """
    Abdülhamid Asliye Bölge Ceza Daire Dairesi Dönem Dünya Etap Genel Hukuk Kolordu Kongre Lig Ligi Ligde Mehmed
    Ordu Sok Sulh Ulusal Uluslararası
    """
)
_BEFORE_DAYS = ("am", "vom", "bis", "zum", "dem")
_NUMBER = re.compile(r"(?:\d{1,2}\.?[/–-])?\d{1,3}")  # also “3./4. Juni”
_TURKISH_LETTER = re.compile(r"[ığşİĞŞ]")
_MILLIONS = _words("Mio Mrd Tsd Bio Brd")  # a noun follows: “5 Mio. Euro”
_TWICE = re.compile(r"([A-Z])\1")  # a plural in Spanish: “EE. UU.”, “FF. AA.”
_TWO_INITIALS = re.compile(r"[^\W\d_]{1,3}\.-[^\W\d_]{1,3}")  # “J.-P. Morin”

# The listed words that are as long as most words are.
LONG = frozenset(word for word in (*TITLES, *_AFTER_ARTICLES, *_COUNTING, *_OPENING_AFTER) if len(word) > 5)


def last_word(before: str) -> str:
    """The last word of `before`, with its stop."""
    return before[before.rfind(" ") + 1 :]


def unelided(word: str) -> str:
    """`word` without the article that may be its beginning: “art” of “l’art”."""
    return word if word.isalpha() else _ELIDED.sub("", word, count=1)


def is_roman(word: str) -> bool:
    """Whether `word` is a Roman number of two digits or more."""
    return word.isupper() and _ROMAN.fullmatch(word) is not None


def ends_abroad(word: str, before: str, following: str, opens: bool) -> bool | None:
    """As `stop_ends`, of what English never has; None for the rest. `opens`: `following` begins English sentences."""
    if word[-1:].isdecimal() and _NUMBER.fullmatch(word):
        return opens or not _counts(before, following)
    last = last_word(before)
    if word in _AND_SO_ON or (len(word) < 3 and last + word in _AND_SO_ON):
        return True
    opening = _opening_after(word, last, following)
    if opening:
        return opens or following in opening
    return opens if ".-" in word and _TWO_INITIALS.fullmatch(word) else None


def _counts(before: str, following: str) -> bool:
    """“am 31. Dezember”, “die 2. Kammer”; but “I am 31. The others”, “die anderen 2. Die”."""
    if following in _GERMAN_MONTHS or following in _COUNTED_IN_TURKISH or _TURKISH_LETTER.search(following):
        return True
    last = last_word(before)
    if following.isdecimal():  # “am 3. 5. 2024”
        day = last in _BEFORE_DAYS and not before.endswith("I am")
        return day or (len(following) == 4 and last[-1:] == "." and last[:-1].isdecimal())
    begins = following in _GERMAN or following in _POLISH or not following.isalpha()
    return not begins and last.lower().rstrip(",") in _BEFORE_ORDINALS and not before.endswith("I am")


def _opening_after(word: str, last: str, following: str) -> frozenset[str] | None:
    """The words that begin a sentence after the abbreviation `word`, before which `last` stands."""
    if word in _MILLIONS:
        return _GERMAN
    if word[:1] == word[1:] and (_TWICE.fullmatch(following) or _TWICE.fullmatch(last.removesuffix("."))):
        return _SPANISH
    if word == "J.-C" and last not in ("av.", "apr.", "ap."):
        return None
    spaced = _OPENING_AFTER.get(last + word) if len(word) == 1 and last.endswith(".") else None  # “44 a. C.”
    return spaced or _OPENING_AFTER.get(word)


def goes_on(word: str, before: str, following: str) -> bool:
    """Whether the stop after `word`, at which an English sentence would end, belongs to an abbreviation."""
    last = last_word(before)
    if (word in _AFTER_ARTICLES and last in _ARTICLES) or last in _AFTER_ANOTHER.get(word, ()):
        return True
    if word in _COUNTING:
        return following[:1].isdigit() or is_roman(following) or following in _ONE_ROMAN
    return is_roman(word) and following in _COUNTED_IN_TURKISH  # “II. Dünya Savaşı”
