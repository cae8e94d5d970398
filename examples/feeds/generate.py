#!/usr/bin/env python3
"""Writes the feeds of one realistic day beside this file.

    python3 examples/feeds/generate.py

`day.jsonl` is canonical JSON, one event a line. The `.hex` files are ISO 8583
messages of the built-in dialects, one a line; the comment before each says what
it is and, behind `->`, what decoding it must give (with the reference time
2026-11-20T12:00:00Z). subscribers.csv is who of them may be told. Card numbers are published test numbers, telephone
numbers and people are invented. Standard library only; the same output each
time.
"""

import json
from pathlib import Path

HERE = Path(__file__).parent
RTL = "\u202e"

# Published test numbers, by the bank of examples/banks that owns their range.
HARBOUR = ["6200000000000005", "6200000000000047", "6205500000000000004",
           "6216261000000000018", "6250947000000014"]
MERIDIAN = ["4242424242424242", "4000056655665556", "5555555555554444",
            "2223003122003222", "5200828282828210"]
KITE = ["3566002020360505", "378282246310005", "371449635398431",
        "3056930009020004", "36227206271667"]
NOBODY = "6011111111111117"

# --- canonical JSON ---------------------------------------------------------

PEOPLE = {
    "nana": (HARBOUR[3], {"name": "欧阳娜娜", "phone": "+8613800138000",
        "email": "nana@example.com", "id_number": "11010519491231002X",
        "preferences": {"locale": "zh-CN", "quiet_hours": "22:00-07:00",
                        "utc_offset_minutes": 480}}),
    "zhang": (HARBOUR[0], {"name": "张三", "phone": "+8613800138001",
        "preferences": {"locale": "zh-CN", "utc_offset_minutes": 480,
                        "threshold": {"minor_units": 10000, "currency": "CNY"}}}),
    "li": (HARBOUR[1], {"name": "李四", "phone": "+8613800138002",
        "account": "100200300400500",
        "preferences": {"locale": "zh-CN", "utc_offset_minutes": 480}}),
    "wang": (HARBOUR[2], {"name": "王小明", "phone": "+8613800138003"}),
    "zhao": (HARBOUR[4], {"name": "赵敏", "email": "zhao.min@example.com",
        "preferences": {"locale": "zh-CN"}}),
    "fatima": (MERIDIAN[0], {"name": "Fatima Al-Sabah", "phone": "+447700900123",
        "email": "fatima@example.com",
        "preferences": {"locale": "en-GB", "utc_offset_minutes": 180}}),
    "jane": (MERIDIAN[2], {"name": "Jane Doe", "phone": "+12025550143",
        "preferences": {"locale": "en-US", "quiet_hours": "21:00-08:00",
                        "utc_offset_minutes": -300}}),
    "omar": (MERIDIAN[1], {"name": "Omar Haddad", "phone": "+447700900456",
        "preferences": {"locale": "en-GB"}}),
    "maria": (MERIDIAN[3], {"name": "María Núñez", "email": "maria@example.com"}),
    "sam": (MERIDIAN[4], {"name": "Sam O'Neill", "phone": "+447700900789"}),
    "hanako": (KITE[0], {"name": "佐藤花子", "phone": "+447700900321",
        "preferences": {"locale": "ja-JP", "utc_offset_minutes": 540}}),
    "alex": (KITE[1], {"name": "Alex Smith", "phone": "+12025550171",
        "preferences": {"locale": "en-US", "utc_offset_minutes": -300}}),
    "ines": (KITE[3], {"name": "Inés Castro", "phone": "+12025550188"}),
    "paul": (KITE[4], {"name": "Paul Weber", "email": "paul@example.com"}),
    "stranger": (NOBODY, {"name": "Nobody Known", "phone": "+12025550199"}),
}

COFFEE = {"name": "咖啡实验室", "city": "上海", "country": "CN", "id": "898310057340001",
          "terminal": "00000312", "category": "5814", "phone": "+8613800138088",
          "address": "上海市黄浦区南京东路1号",
          "preferences": {"locale": "zh-CN", "utc_offset_minutes": 480}}
MARKET = {"name": "海港超市", "city": "上海", "country": "CN", "id": "898310054110002",
          "terminal": "00000471", "category": "5411", "phone": "+8613800138089"}
HOTEL = {"name": "外滩大酒店", "city": "上海", "country": "CN", "id": "898310070110003",
         "terminal": "00000588", "category": "7011", "phone": "+8613800138090",
         "email": "desk@bund.example"}
ATM = {"name": "Harbour Bank ATM 17", "city": "上海", "country": "CN",
       "id": "898310060110004", "terminal": "ATM00017", "category": "6011"}
BOOKS = {"name": "Marylebone Books", "city": "London", "country": "GB",
         "id": "GB0000005942001", "terminal": "LDN00001", "category": "5942",
         "phone": "+447700900555"}
SOUQ = {"name": "Souq Al-Mubarakiya", "city": "Kuwait City", "country": "KW",
        "id": "KW0000005399001", "terminal": "KWT00009", "category": "5399"}
RAMEN = {"name": "ラーメン横丁", "city": "東京", "country": "JP", "id": "JP0000005812001",
         "terminal": "TYO00003", "category": "5812"}
DINER = {"name": "Corner Diner", "city": "Boston", "country": "US",
         "id": "US0000005812009", "terminal": "BOS00002", "category": "5812",
         "phone": "+12025550111", "preferences": {"locale": "en-US"}}
SHOP = {"name": "shop.example", "city": "", "country": "US", "id": "US0000005999001",
        "terminal": "WEB00001", "category": "5999"}

lines = []
serial = 100


def money(minor_units, currency="CNY"):
    return {"minor_units": minor_units, "currency": currency}


def card(pan, full):
    if full:
        return {"pan": pan}
    bin_digits = 8 if len(pan) >= 16 else 6
    return {"bin": pan[:bin_digits], "last4": pan[-4:],
            "token": "tok_" + pan[-4:] + str(len(pan))}


def event(kind, who, amount, time, merchant, approval="approved", pan=False, **more):
    """One event; `more` overrides or adds fields, None takes one out."""
    global serial
    serial += 1
    number, holder = PEOPLE[who]
    made = {
        "kind": kind,
        "approval": approval,
        "amount": amount,
        "time": time,
        "card": card(number, pan),
        "cardholder": holder,
        "merchant": merchant,
        "entry_mode": "chip",
        "rrn": f"6324{serial:08}",
        "stan": f"{serial:06}",
        "authorisation_code": f"{serial * 7919 % 1000000:06}",
        "acquirer": "01020000",
    }
    if approval == "declined":
        del made["authorisation_code"]
    made.update(more)
    made = {key: value for key, value in made.items() if value is not None}
    lines.append(json.dumps(made, ensure_ascii=False).encode())
    return made


def again(made):
    """The same transaction, as the source sends it once more."""
    lines.append(json.dumps(made, ensure_ascii=False).encode())


def broken(line):
    lines.append(line if isinstance(line, bytes) else line.encode())


def day():
    cn = "2026-11-20T{}+08:00".format
    # Night: quiet hours.
    event("purchase", "nana", money(6800), cn("00:42:10"), MARKET, entry_mode="qr")
    event("cash-withdrawal", "nana", money(200000), cn("02:15:33"), ATM,
          balance=money(1834512), fee=money(400))
    event("purchase", "zhang", money(1550), cn("06:58:01"), COFFEE, entry_mode="contactless")
    # Morning: small debits, two equal coffees in a minute, a repeat.
    event("purchase", "zhang", money(3200), cn("08:02:11"), COFFEE)
    event("purchase", "zhang", money(3200), cn("08:02:48"), COFFEE)
    coffee = event("purchase", "nana", money(12850), cn("08:31:05"), COFFEE,
                   balance=money(1817262))
    again(coffee)
    event("purchase", "li", money(9999), cn("08:45:00"), MARKET, entry_mode="contactless")
    event("purchase", "li", money(10000), cn("08:46:30"), MARKET, entry_mode="contactless")
    event("purchase-with-cashback", "wang", money(45600), cn("09:10:21"), MARKET, pan=True)
    event("purchase", "zhao", money(300), cn("09:12:00"), MARKET, approval="declined")
    event("purchase", "li", money(880000), cn("09:20:14"), HOTEL, approval="declined")
    event("purchase", "fatima", money(12500, "KWD"), "2026-11-20T09:30:00+03:00", SOUQ)
    event("purchase", "omar", money(5, "KWD"), "2026-11-20T09:41:00+03:00", SOUQ)
    event("purchase", "hanako", money(1480, "JPY"), "2026-11-20T12:05:09+09:00", RAMEN)
    # A partial approval: less than was asked.
    event("purchase", "sam", money(3000, "GBP"), "2026-11-20T09:55:00Z", BOOKS,
          approval="partially-approved", original_amount=money(4599, "GBP"))
    event("purchase", "zhao", money(5000), cn("10:02:00"), MARKET,
          approval="partially-approved", original_amount=money(12850))
    # A hotel: held, then debited; another hold is taken back.
    held = event("pre-authorisation", "nana", money(150000), cn("10:15:00"), HOTEL)
    event("completion", "nana", money(132000), cn("11:58:40"), HOTEL, original_stan=held["stan"])
    held = event("pre-authorisation", "zhang", money(80000), cn("10:20:00"), HOTEL)
    event("void", "zhang", money(80000), cn("10:45:12"), HOTEL,
          original_kind="pre-authorisation", original_stan=held["stan"])
    # Reversals: before their original, and after it.
    event("reversal", "wang", money(23400), cn("11:03:20"), MARKET, stan="000902",
          rrn="632400000902", original_kind="purchase", original_stan="000901",
          authorisation_code=None)
    event("purchase", "wang", money(23400), cn("11:02:58"), MARKET, stan="000901",
          rrn="632400000901")
    sold = event("purchase", "li", money(56700), cn("11:20:00"), MARKET)
    event("reversal", "li", money(56700), cn("11:20:45"), MARKET, original_kind="purchase",
          original_stan=sold["stan"], authorisation_code=None)
    sold = event("purchase", "jane", money(4250, "USD"), "2026-11-20T08:15:00-05:00", DINER)
    event("void", "jane", money(4250, "USD"), "2026-11-20T08:21:00-05:00", DINER,
          original_kind="purchase", original_stan=sold["stan"])
    event("reversal", "jane", money(850, "USD"), "2026-11-20T08:40:00-05:00", DINER,
          original_kind="purchase", original_amount=money(4250, "USD"))
    event("refund", "nana", money(12850), cn("12:30:00"), COFFEE, original_stan=coffee["stan"])
    event("refund", "maria", money(1999, "EUR"), "2026-11-20T13:00:00+01:00", SHOP,
          entry_mode="ecommerce")
    # Money in, bills, transfers, a balance.
    event("deposit", "zhang", money(500000), cn("13:05:00"), ATM, balance=money(645000))
    event("payment", "li", money(23150), cn("13:30:00"),
          {**MARKET, "name": "上海电力", "category": "4900"}, entry_mode="ecommerce")
    event("transfer", "li", money(1000000), cn("13:45:10"), ATM, counterparty="欧阳娜娜",
          entry_mode="ecommerce", balance=money(220000))
    event("transfer", "fatima", money(250000, "KWD"), "2026-11-20T10:00:00+03:00", SHOP,
          counterparty="Omar Haddad", entry_mode="ecommerce", fee=money(500, "KWD"))
    event("inquiry", "zhang", money(0), cn("13:50:00"), ATM, balance=money(645000))
    # Entry modes, and a card given by its whole number.
    event("purchase", "alex", money(7800, "USD"), "2026-11-20T09:00:00-05:00", DINER,
          entry_mode="magstripe", pan=True)
    event("purchase", "ines", money(120000, "USD"), "2026-11-20T09:10:00-05:00", SHOP,
          entry_mode="ecommerce")
    event("purchase", "paul", money(6400, "EUR"), "2026-11-20T15:20:00+01:00", BOOKS,
          entry_mode="manual")
    event("purchase", "jane", money(1, "USD"), "2026-11-20T09:30:00-05:00", DINER, pan=True)
    # Names that somebody wrote on purpose.
    event("purchase", "nana", money(19900), cn("14:02:00"),
          {**SHOP, "name": f"Pay{RTL}elpmaxe.knab", "country": "CN"})
    event("purchase", "nana", money(29900), cn("14:05:00"),
          {**SHOP, "name": "Win http://evil.example/a", "country": "CN"})
    event("purchase", "nana", money(39900), cn("14:07:00"),
          {**SHOP, "name": "Refund " + HARBOUR[3], "country": "CN"}, pan=True)
    event("purchase", "omar", money(2100, "GBP"), "2026-11-20T14:09:00Z",
          {**BOOKS, "name": "Books 4000 0566-5566 5556"}, pan=True)
    event("purchase", "li", money(17500), cn("14:11:00"),
          {**SHOP, "name": "卡号６２０００００００００００００５消费", "country": "CN"})
    event("purchase", "zhang", money(18800), cn("14:12:00"),
          {**SHOP, "name": "Zero\u200bWidth\u200b Shop", "country": "CN"})
    event("purchase", "zhang", money(18900), cn("14:13:00"),
          {**SHOP, "name": "【假银行】商店", "country": "CN"})
    # Nobody's card, and no numbers to know it again by.
    event("purchase", "stranger", money(9900, "USD"), "2026-11-20T10:00:00-05:00", DINER)
    event("purchase", "wang", money(33300), cn("15:00:00"), MARKET, rrn=None, stan=None,
          authorisation_code=None)
    # What no message is made of.
    broken('{"ignored":{"reason":"request","mti":"0200"}}')
    broken('{"ignored":{"reason":"network-management","mti":"0800"}}')
    broken('{"ignored":{"reason":"unknown-mapping","mti":"0210"}}')
    # What cannot be read: not JSON, cut, a field missing, of a wrong type, not
    # known, not in its set, not UTF-8, a float, an exponent that is not ISO's.
    good = lines[0].decode()
    broken("this is not JSON")
    broken(good[: len(good) // 2])
    broken(good.replace('"approval": "approved", ', ""))
    broken(good.replace('"minor_units": 6800', '"minor_units": "6800"'))
    broken(good.replace('"minor_units": 6800', '"minor_units": 68.00'))
    broken(good.replace('"stan"', '"stam"'))
    broken(good.replace('"kind": "purchase"', '"kind": "sale"'))
    broken(good.replace('"currency": "CNY"', '"currency": "CNY", "exponent": 3'))
    broken(good.encode().replace("海港超市".encode(), "海港超市".encode("gbk")))
    # Evening.
    event("purchase", "nana", money(25600), cn("19:30:00"), MARKET, entry_mode="contactless")
    event("purchase", "jane", money(5600, "USD"), "2026-11-20T20:59:59-05:00", DINER)
    event("purchase", "jane", money(5700, "USD"), "2026-11-20T21:00:00-05:00", DINER)
    event("purchase", "nana", money(12300), cn("22:00:00"), COFFEE)
    event("cash-withdrawal", "hanako", money(30000, "JPY"), "2026-11-20T23:58:00+09:00",
          {**ATM, "country": "JP", "city": "東京"}, fee=money(220, "JPY"))
    # The end of the year: one day apart on the wall, seconds in truth.
    event("purchase", "nana", money(88800), "2026-12-31T23:59:58+08:00", HOTEL)
    event("purchase", "nana", money(88800), "2027-01-01T00:00:03+08:00", HOTEL)
    event("purchase", "jane", money(2027, "USD"), "2026-12-31T19:00:00-05:00", DINER)


# --- ISO 8583 ---------------------------------------------------------------

# Field: format and length; a negative length is the digits of a length before
# it. Only what the feeds use.
FORMAT = {
    2: ("n", -2), 3: ("n", 6), 4: ("n", 12), 7: ("n", 10), 11: ("n", 6), 12: ("n", 6),
    13: ("n", 4), 18: ("n", 4), 22: ("n", 3), 25: ("n", 2), 28: ("x", 9), 32: ("n", -2),
    35: ("n", -2), 37: ("a", 12), 38: ("a", 6), 39: ("a", 2), 41: ("a", 8), 42: ("a", 15),
    43: ("a", 40), 49: ("a", 3), 52: ("b", 8), 54: ("a", -3), 55: ("a", -3), 60: ("a", -3),
    61: ("a", -3), 63: ("a", -3), 70: ("n", 3), 90: ("n", 42), 95: ("a", 42),
}
UNIONPAY = {22: ("left", 3), 60: ("n", -3), 61: ("n", -3)}


def packed(digits, left=True):
    if len(digits) % 2:
        digits = digits + "0" if left else "0" + digits
    return bytes.fromhex(digits.replace("=", "D"))


def field(dialect, number, value):
    form, length = (UNIONPAY if dialect == "unionpay-pos" else {}).get(number, FORMAT[number])
    plain = value if isinstance(value, bytes) else value.encode()
    if form == "b":
        return value.hex().upper().encode() if dialect == "iso1987-ascii" else value
    assert length < 0 or len(plain) == length, (number, plain)
    prefix = b""
    if length < 0:
        digits = str(len(plain)).zfill(-length)
        prefix = digits.encode() if dialect == "iso1987-ascii" else packed(digits, left=False)
    if dialect != "iso1987-ascii" and form in ("n", "left"):
        plain = packed(plain.decode(), left=length < 0 or form == "left")
    if dialect != "iso1987-ascii" and form == "x":
        plain = plain[:1] + packed(plain[1:].decode())
    return prefix + plain


def message(dialect, mti, fields):
    numbers = sorted(fields)
    bits = sum(1 << (128 - number) for number in numbers)
    if numbers[-1] > 64:
        bits |= 1 << 127
    bitmap = bits.to_bytes(16, "big")[: 16 if bits >> 127 else 8]
    if dialect == "iso1987-ascii":
        head = mti.encode() + bitmap.hex().upper().encode()
    else:
        head = bytes.fromhex(mti) + bitmap
    if dialect == "unionpay-pos":
        head = bytes.fromhex("6000030000" "603100311003") + head
    return head + b"".join(field(dialect, number, fields[number]) for number in numbers)


def place(name, city, country, encoding="ascii"):
    """DE43: 25 bytes, 13 and 2, cut where they are cut."""
    name, city = name.encode(encoding)[:25], city.encode(encoding)[:13]
    return name.ljust(25) + city.ljust(13) + country.encode()


class Feed:
    def __init__(self, dialect, **common):
        self.dialect, self.common = dialect, common
        self.lines = [f"# Dialect {dialect}; made by generate.py."]
        self.serial = 0

    def put(self, what, expected, line):
        self.lines += [f"# {what} -> {expected}", line]

    def send(self, what, expected, mti, **changes):
        """One message: the common fields, changed; None takes a field out."""
        self.serial += 1
        fields = {**self.common, "f11": f"{self.serial:06}", "f37": f"6324{self.serial:08}"}
        fields.update(changes)
        chosen = {int(key[1:]): value for key, value in fields.items() if value is not None}
        made = message(self.dialect, mti, chosen)
        self.put(what, expected, made.hex().upper())
        return made

    def write(self, name):
        (HERE / name).write_text("\n".join(self.lines) + "\n")


def unionpay():
    gbk = place("咖啡实验室", "上海", "CN", "gbk")
    feed = Feed(
        "unionpay-pos", f2=HARBOUR[3], f3="000000", f4="000000012850", f12="083105", f13="1120",
        f22="051", f25="00", f32="48523310", f38="654321", f39="00", f41="00000312",
        f42="898310057340001", f43=gbk, f49="156", f60="22000015000501", f63="CUP")
    at = "2026-11-20T08:31:05+08:00"
    only = {f"f{number}": None for number in (2, 3, 4, 12, 13, 22, 25, 32, 37, 38, 39, 43, 49)}
    feed.send("sign-on", "ignored network-management", "0800", **only)
    feed.send("request, with track, PIN block and chip data", "ignored request", "0200",
              f35=HARBOUR[3] + "=49121200", f38=None, f39=None,
              f52=bytes(range(8)), f55=b"\x9f\x26\x08" + bytes(8))
    bought = feed.send("purchase, name in GBK", f"purchase approved 128.50 CNY {at}", "0210")
    feed.put("the same once more", f"purchase approved 128.50 CNY {at}", bought.hex())
    feed.send("purchase, name in GBK that is UTF-8 too", f"purchase approved 32.00 CNY {at}", "0210",
              f4="000000003200", f43=place("全时超市", "太原", "CN", "gbk"))
    feed.send("name cut inside a GBK character", f"purchase approved 128.50 CNY {at}", "0210",
              f43=place("A" + "外滩大酒店黄浦江景餐厅有限公司", "上海", "CN", "gbk"))
    feed.send("declined: 51", f"purchase declined 8800.00 CNY {at}", "0210",
              f4="000000880000", f38=None, f39="51")
    feed.send("approved with a fault: A2", f"purchase approved 128.50 CNY {at}", "0210", f39="A2")
    feed.send("partial approval: 10", f"purchase partially-approved 50.00 CNY {at}", "0210",
              f4="000000005000", f39="10")
    feed.send("void: 20 in a 0210, DE61 names the original", f"void approved 128.50 CNY {at}",
              "0210", f3="200000", f61="0000150000031120")
    feed.send("refund: 20 in a 0230", f"refund approved 128.50 CNY {at}", "0230", f3="200000",
              f61="0000150000031120")
    feed.send("pre-authorisation: 03 and DE25 06",
              f"pre-authorisation approved 1500.00 CNY {at}", "0110", f3="030000", f25="06",
              f4="000000150000")
    feed.send("void of a pre-authorisation", f"void approved 1500.00 CNY {at}", "0110",
              f3="200000", f25="06", f4="000000150000", f61="0000150000121120")
    feed.send("completion: 00 and DE25 06", f"completion approved 1320.00 CNY {at}", "0210",
              f25="06", f4="000000132000")
    feed.send("completion, the answer to an advice", f"completion approved 1320.00 CNY {at}",
              "0230", f25="06", f4="000000132000")
    feed.send("reversal before its original", f"reversal approved 234.00 CNY {at}", "0410",
              f4="000000023400", f11="000777", f37="632400000778")
    feed.send("the original of the last", f"purchase approved 234.00 CNY {at}", "0210",
              f4="000000023400", f11="000777", f37="632400000777")
    feed.send("original of the next", f"purchase approved 567.00 CNY {at}", "0210",
              f4="000000056700", f11="000888", f37="632400000888")
    feed.send("reversal after its original", f"reversal approved 567.00 CNY {at}", "0410",
              f4="000000056700", f11="000888", f37="632400000889")
    feed.send("reversal's request: DE39 is the reason", "ignored request", "0400", f39="98")
    feed.send("balance", f"inquiry approved 0.00 CNY {at}", "0210", f3="310000", f4=None,
              f54="1002156C000000064500")
    feed.send("unknown processing code", "ignored unknown-mapping", "0210", f3="770000")
    feed.send("batch settlement", "ignored administrative", "0510", **only)
    feed.send("full-width letters in the name", f"purchase approved 199.00 CNY {at}", "0210",
              f4="000000019900", f43=place("Ｐａｙｅｌｐ", "上海", "CN", "gbk"))
    feed.send("link in the name", f"purchase approved 299.00 CNY {at}", "0210",
              f4="000000029900", f43=place("http://evil.example/win", "上海", "CN", "gbk"))
    feed.send("card number in the name", f"purchase approved 399.00 CNY {at}", "0210",
              f4="000000039900", f43=place("退款" + HARBOUR[3], "上海", "CN", "gbk"))
    feed.send("at night", "purchase approved 12.00 CNY 2026-11-20T03:14:15+08:00", "0210",
              f4="000000001200", f12="031415", f22="072")
    feed.send("last second of the year", "purchase approved 888.00 CNY 2026-12-31T23:59:59+08:00",
              "0210", f4="000000088800", f12="235959", f13="1231")
    feed.send("first second of the next",
              "purchase approved 888.00 CNY 2027-01-01T00:00:00+08:00",
              "0210", f4="000000088800", f12="000000", f13="0101")
    feed.send("without DE49: the dialect's currency", f"purchase approved 128.50 CNY {at}",
              "0210", f49=None)
    feed.send("a card of 16 digits, by a code", f"purchase approved 6.80 CNY {at}", "0210",
              f2=HARBOUR[0], f4="000000000680", f22="031")
    feed.put("without TPDU and header", f"purchase approved 128.50 CNY {at}", bought[11:].hex())
    feed.put("cut", "error DE42", bought[:95].hex())
    feed.put("longer than its fields", "error", (bought + b"\0\0").hex())
    feed.put("not hex", "error", bought.hex()[:60] + "xyz")
    feed.put("half a byte", "error", bought.hex()[:-1])
    feed.put("an amount that is no digits", "error DE4",
             bought.hex().replace("000000012850", "00000001285a", 1))
    feed.write("day-unionpay.hex")


def iso1987(dialect, name):
    feed = Feed(
        dialect, f2=MERIDIAN[0], f3="000000", f4="000000012850", f7="1120143105", f12="093105",
        f13="1120", f18="5812", f22="051", f32="01020000", f38="654321", f39="00",
        f41="BOS00002", f42="US0000005812009", f43=place("CORNER DINER", "BOSTON", "US"),
        f49="840")
    at = "2026-11-20T09:31:05-05:00"
    only = {f"f{number}": None
            for number in (2, 3, 4, 12, 13, 18, 22, 32, 37, 38, 39, 41, 42, 43, 49)}
    feed.send("echo", "ignored network-management", "0800", f70="301", **only)
    feed.send("request, with track and PIN block", "ignored request", "0200",
              f35=MERIDIAN[0] + "=4912120", f38=None, f39=None, f52=bytes(range(8)))
    bought = feed.send("purchase", f"purchase approved 128.50 USD {at}", "0210")
    feed.send("advice behind its response", f"purchase approved 128.50 USD {at}", "0220",
              f11="000003", f37="632400000003")
    feed.put("the advice's repeat", f"purchase approved 128.50 USD {at}",
             message(dialect, "0221", {int(key[1:]): value for key, value in
                     {**feed.common, "f11": "000003", "f37": "632400000003"}.items()}).hex())
    feed.send("authorisation, Mastercard", f"purchase approved 42.50 USD {at}", "0110",
              f2=MERIDIAN[2], f4="000000004250", f22="071")
    feed.send("declined: 05", f"purchase declined 128.50 USD {at}", "0210", f39="05", f38=None)
    feed.send("partial approval, DE54 has what was asked",
              f"purchase partially-approved 30.00 USD {at}", "0110",
              f4="000000003000", f39="10", f54="0057840C000000012850")
    feed.send("cash, with balances and a fee", f"cash-withdrawal approved 200.00 USD {at}", "0210",
              f3="011000", f4="000000020000", f28="D00000250",
              f54="1001840C0000005000001002840C000000480000")
    feed.send("overdrawn", f"cash-withdrawal approved 200.00 USD {at}", "0210",
              f3="011000", f4="000000020000", f54="1002840D000000001250")
    feed.send("cashback", f"purchase-with-cashback approved 128.50 USD {at}", "0210", f3="090000")
    feed.send("refund", f"refund approved 19.99 USD {at}", "0210", f3="200000", f4="000000001999")
    feed.send("deposit", f"deposit approved 500.00 USD {at}", "0210", f3="210000",
              f4="000000050000")
    feed.send("payment", f"payment approved 231.50 USD {at}", "0210", f3="280000",
              f4="000000023150")
    feed.send("transfer", f"transfer approved 1000.00 USD {at}", "0210", f3="401020",
              f4="000000100000")
    feed.send("balance", f"inquiry approved 0.00 USD {at}", "0210", f3="311000", f4=None,
              f54="1002840C000000480000")
    feed.send("hold", f"pre-authorisation approved 150.00 USD {at}", "0110", f25="06",
              f4="000000015000", f11="000301")
    feed.send("its debit", f"completion approved 132.00 USD {at}", "0220", f25="06",
              f4="000000013200", f39=None)
    original = "0200{}1120143105" + "00001020000" + "00000000000"
    feed.send("reversal before its original", f"reversal approved 234.00 USD {at}", "0420",
              f4="000000023400", f39="68", f90=original.format("000777"))
    feed.send("the original of the last", f"purchase approved 234.00 USD {at}", "0210",
              f4="000000023400", f11="000777", f37="632400000777")
    feed.send("reversal of a part", f"reversal approved 34.00 USD {at}", "0420",
              f4="000000023400", f39="32", f90=original.format("000777"),
              f95="000000020000".ljust(42, "0"))
    feed.send("reversal refused", f"reversal declined 128.50 USD {at}", "0410", f39="25")
    feed.send("reversal's request: DE39 is the reason", "ignored request", "0400", f39="17")
    feed.send("adjustment, which this dialect does not know", "ignored unknown-mapping", "0210",
              f3="020000")
    feed.send("yen", "purchase approved 1480 JPY 2026-11-20T12:05:09+09:00", "0210",
              f2=KITE[0], f4="000000001480", f7="1120030509", f12="120509", f49="392",
              f43=place("RAMEN YOKOCHO", "TOKYO", "JP"))
    feed.send("dinar", "purchase approved 12.500 KWD 2026-11-20T09:30:00+03:00", "0210",
              f2=MERIDIAN[1], f4="000000012500", f7="1120063000", f12="093000", f49="414",
              f43=place("SOUQ AL-MUBARAKIYA", "KUWAIT CITY", "KW"))
    feed.send("Amex, 15 digits", f"purchase approved 78.00 USD {at}", "0210", f2=KITE[1],
              f4="000000007800", f22="901")
    feed.send("Diners, 14 digits", f"purchase approved 64.00 USD {at}", "0210", f2=KITE[4],
              f4="000000006400", f22="812")
    feed.send("nobody's card", f"purchase approved 99.00 USD {at}", "0210", f2=NOBODY,
              f4="000000009900")
    feed.send("link in the name", f"purchase approved 21.00 USD {at}", "0210", f4="000000002100",
              f43=place("WWW.EVIL.EXAMPLE/WIN", "BOSTON", "US"))
    feed.send("card number in the name", f"purchase approved 21.00 USD {at}", "0210",
              f4="000000002100", f43=place("REFUND " + MERIDIAN[0], "BOSTON", "US"))
    feed.send("right-to-left override in the name", f"purchase approved 21.00 USD {at}", "0210",
              f4="000000002100", f43=place(f"PAY{RTL}ELPMAXE", "BOSTON", "US", "utf-8"))
    feed.send("the new year in London, not yet in Boston",
              "purchase approved 20.27 USD 2026-12-31T19:00:30-05:00", "0210",
              f4="000000002027", f7="0101000030", f12="190030", f13="1231")
    feed.send("the old year in London, no longer in Shanghai",
              "purchase approved 888.00 CNY 2027-01-01T00:00:03+08:00", "0210",
              f4="000000088800", f7="1231160003", f12="000003", f13="0101", f49="156")
    feed.send("no currency", "error DE49", "0210", f49=None)
    feed.send("30 February", "error DE7", "0210", f7="0230143105", f13="0230")
    feed.send("no response code", "error DE39", "0210", f39=None)
    feed.put("cut", "error DE43", bought[:-20].hex())
    feed.put("longer than its fields", "error", (bought + b"0").hex())
    feed.put("not hex", "error", "0210 zz")
    feed.write(name)


def subscribers():
    """Who may be told: all but Li, who has not been asked, and Wang, who is not
    in the table; the merchants with a telephone."""
    rows = []
    for who, (number, person) in PEOPLE.items():
        if who not in ("wang", "stranger"):
            consent = "" if who == "li" else "2026-01-05T10:00:00+08:00"
            rows.append(("cardholder", card(number, False)["token"], person, consent))
    for shop in (COFFEE, MARKET, HOTEL, ATM, BOOKS, SOUQ, RAMEN, DINER, SHOP):
        if "phone" in shop:
            rows.append(("merchant", shop["id"], shop, "2025-12-01T09:30:00+08:00"))
    yield ("party,reference,phone,email,locale,threshold,currency,quiet_hours,"
           "utc_offset_minutes,consent")
    for party, reference, contact, consent in rows:
        wishes = contact.get("preferences", {})
        threshold = wishes.get("threshold", {})
        amount = f"{threshold['minor_units'] / 100:.2f}" if threshold else ""
        yield ",".join([party, reference, contact.get("phone", ""), contact.get("email", ""),
                        wishes.get("locale", ""), amount, threshold.get("currency", ""),
                        wishes.get("quiet_hours", ""),
                        str(wishes.get("utc_offset_minutes", "")), consent])


day()
(HERE / "subscribers.csv").write_text("\n".join(subscribers()) + "\n", encoding="utf-8")
(HERE / "day.jsonl").write_bytes(b"\n".join(lines) + b"\n")
unionpay()
iso1987("iso1987-ascii", "day-iso1987-ascii.hex")
iso1987("iso1987-binary", "day-iso1987-binary.hex")
