"""The regular expressions by which literals are found. All take time that is linear in the length of the text."""

import re

_CLASS = r"\[(?:(?:\^|[^\[\]\s]{0,40}(?:\w-\w|\\))[^\[\]\s]{0,40}|[^\[\]A-Za-z0-9\s]{1,20})\][*+?{]"

SUSPECT = re.compile(
    r"[`~_*$\\^@:.\[?\]](?:"
    r"(?<=`)"
    r"|(?<=~)(?:~~|(?=/)|(?<=/~))"
    r"|(?<=:)(?://|(?<=mailto:))"
    r"|(?<=\.)(?:(?<=www\.)|(?=[*+][\w\\$\[(?]))"
    r"|(?<=\$)"
    r"|(?<=\\)(?:[dwsbDWSB](?![A-Za-z])|(?<=[A-Za-z]:\\)|(?<=[%.~]\\)(?=[\w.*%$])"
    r"|(?<=Files\\)|(?=\.\w+\$)|(?<=\\\\)(?=\w))"
    r"|(?<=\^)(?:(?<![^\s(\"'“*_~]\^)(?=\S)|(?<=\[\^)[^\[\]\s]{0,40}\][*+?{])"
    rf"|(?<=\[)(?<=(?={_CLASS})\[)"
    r"|(?<=\?)(?<=\(\?)(?=[:=!<P])"
    r"|(?<=_)(?:(?<=/_)|(?=/)|(?=_[A-Za-z]\w*?__(?!\w))|(?<!\w_)(?=[A-Za-z0-9]+_[A-Za-z0-9])|(?<=[A-Za-z0-9]_)(?!\w)"
    r"|(?<=[)}\]\"']_)(?=[$({\[\"'])|(?<=->_)|(?<=[%={]_)(?=\w))"
    r"|(?<=\*)(?:(?<=[A-Za-z0-9)\]]\*)\*?(?=[A-Za-z0-9(+-])|(?=\.\w|/|_\w+\.)|(?<=[/_-]\*)|(?<=[\"']\*)(?=[\"'])|(?=\*?(?:kw)?arg)|(?=\*?kwds))"
    r"|(?<=@)(?=[A-Za-z0-9-]+\.)"
    r"|(?<=\])(?=\((?![^)\s]{0,40}[:/.#])[^)\s]{0,40}\))"
    r")"
)
"""Finds a sign that may be in a literal, and code, in which none is."""

TABLE = re.compile(r"^[ \t>]*\|?[ \t]*:?-+:?[ \t]*\|", re.MULTILINE)
"""The line below the head of a table. In a table, a bar ends a cell and no address contains it."""

TICKS = re.compile(r"[`~](?:(?<=`)`*|(?<=~)~~+)")
WORD_END = re.compile(r"[\s`]")
FENCE_PREFIX = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*")
CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)[^`]++\1(?!`)")
DEFINITION = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*\[[^\]\n^][^\]\n]*\]:")
TARGET = re.compile(r"\]\((?:<[^<>\s]*>|[^\s()<]*+(?:\([^\s()]*+\)[^\s()]*+)*+)")
"""The address of a link."""
SIGN = re.compile(r"[_*~$\\^@\[?]")
CALL = re.compile(r"(?<![\w.^)])[A-Za-z0-9_.^)]{1,80}+\[[^\]\s\[]{0,40}\]\((?![^)\s]{0,40}[:/.#])[^)\s]{0,40}\)")
"""Matches what looks like a link, but is a call or an index of a program: a[i](x)."""

ADDRESS_SIGN = re.compile(
    r"[:w](?:(?<=:)//(?=[^\s<>\"|)\]}])|(?<=mailto:)(?=\w)|(?<=w)(?<![A-Za-z0-9]w)ww\.(?=[^\W_]))"
)
SCHEME = re.compile(r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,19}\Z")
AUTOLINK = re.compile(r"<[^\s<>]*>")
_STOP = r"\s<>\"`\u201c\u201d\u2026\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
ADDRESS = re.compile(rf"(?:\\[!-/:-@\[-_{{-~]|[^\\{_STOP}])*+")
ADDRESS_IN_TABLE = re.compile(rf"(?:\\[!-/:-@\[-_{{-~]|[^\\|{_STOP}])*+")
WRAPPER = re.compile(r"(?:\*{1,3}|~~)\Z")

RUNS = {mark: re.compile(rf"\{mark}+") for mark in "*_~`"}
CLOSES = re.compile(r"[^\s(\[{\"'“/]\*+(?!\w|\.\w)")

REGEX = re.compile(
    rf"(?<!\\)\\[dwsbDWSB](?![A-Za-z])|{_CLASS}"
    r"|\(\?[:=!<P]|\\\.\w+\$(?!\w)"
    r"|(?<![*\s])\.[*+][\w\\$\[(?]"
    r"|(?<![^\s(\"'“*])\.\*\w"
    r"|(?<![^\s(\"'“*_~])\^\S*[^\s$]\$(?![\w{(])"
)
"""Matches what in a word shows that it is a regular expression."""

_MORE_DUNDERS = (
    "main all path file name version author email license future pycache builtins import debug package spec loader"
    " slots annotations enter exit aenter aexit aiter anext await missing del delete get set fspath index round bytes"
    " post_init wrapped match_args tests mocks snapshots fixtures dirname filename proto typename schema FILE LINE"
    " DATE TIME FUNCTION COUNTER func asm attribute cplusplus typeof restrict inline"
)
DUNDERS = frozenset(
    {name.strip("_") for kind in (type, int, float, str, dict, list, set, bytes, type(lambda: 0)) for name in dir(kind)}
    | set(_MORE_DUNDERS.split())
)
"""Names that are written between double underscores, of Python, C, JavaScript and GraphQL."""

CODE_BEHIND = re.compile(r"[(/\[]|\.[a-z]")
_WORD_START = r"(?<![\w/.~-])"
_SEGMENT = r"(?:\*[._-][\w.-]+|\*{1,2}(?![\w*])|[\w.@$%+{}~=,&#-]*+(?:\*\.\w+)?)"
ODD_PATH = re.compile(r"[*~$@]|/_|_/|_\Z")

EXPRESSION = re.compile(
    r"(?P<shell>\$\{[^}\s]{1,200}\}|\$env:\w+(?:\\[^\s`\"<>|]*)?|\$[*@#?!-](?!\w))"
    rf"|(?P<path>{_WORD_START}(?:\.{{1,2}}|~\w*|[A-Za-z0-9@$%+{{}}-][\w.@$%+{{}}-]{{0,80}}+|(?<![^\s(\"'\[{{,;:=|])\*{{1,2}})?"
    rf"(?:/{_SEGMENT})++)"
    r"|(?P<windows>(?<![\w.>])(?:[A-Za-z]:\\(?!\\)|(?:%\w+%|\.{1,2}|~)\\(?=[\w.*%$]))[^\s`\"<>|]*"
    r"|Files\\(?!\\)[^\s`\"<>|]*|(?<![^\s(\"'“])\\\\\w[\w.-]*\\[^\s`\"<>|]*)"
    r"|(?P<mail>(?:(?<![\w.+-])_[\w.+-]{1,64}_|(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,64}_[\w.+-]{0,64})"
    r"@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})"
    r"|(?P<dunder>(?<!\w)__(?P<name>[A-Za-z]\w*?)__(?!\w)(?:\.\w+)*)"
    r"|(?P<snake>(?<!\w)_+[A-Za-z0-9]++(?:_[A-Za-z0-9]+)+(?!\w))"
    r"|(?P<tail>(?<!\w)[A-Za-z0-9]++(?:_[A-Za-z0-9]++)+_+(?!\w)|(?<![\w*])\w+[_-]\*(?![\w*.]))"
    r"|(?P<star>(?<![\w*)\]\\])\*{1,2}(?:args|kwargs|kwds|argv)(?![\w*])"
    r"|(?<![\w*)\]\\.])\*(?:(?:\.\w{1,6})+|_\w+\.\w{1,6})(?![\w*])"
    r"|(?<=[\w)][_-])\*\.\w{1,6}(?![\w*]))"
    r"|(?P<times>(?<=[A-Za-z0-9)\]])\*{1,2}(?=[-+]?\d|[A-Za-z](?![A-Za-z])|\()"
    r"|(?<=[0-9)\]])\*{1,2}(?=\w)|(?<=(?<![A-Za-z])[A-Za-z])\*{1,2}(?=\w))"
    r"|(?P<between>(?<=[)}\]\"'])_+(?=[$({\[\"'])|(?<=[\"'])\*+(?=[\"'])"
    r"|(?<=%)_\w+?_(?=%)|(?<=\{)_\w+_(?=\})|(?:(?<=->)|(?<=\w=))_\w+_(?!\w))"
)
"""Words of shells, file systems and programs. The name of the group says what is to be looked at besides."""

DOLLAR = re.compile(r"\$(?:[A-Za-z_]\w*|\d+(?:[.,]\d+)*)?")
