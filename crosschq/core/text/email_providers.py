"""Email providers where anyone can get an address, so an address at one says nothing about an employer."""

ANYONE_CAN_JOIN = frozenset(
    """
    126.com 163.com aol.com fastmail.com free.fr gmail.com gmx.at gmx.com gmx.de gmx.net googlemail.com hey.com
    hotmail.com hotmail.de icloud.com laposte.net libero.it live.com mac.com mail.com mail.ru me.com msn.com naver.com
    orange.fr outlook.com outlook.de pm.me proton.me protonmail.com qq.com t-online.de tutanota.com web.de yahoo.co.uk
    yahoo.com yahoo.de yandex.com yandex.ru ymail.com zoho.com
    """.split()  # noqa: SIM905  a list of many short words
)
