-- The masking.

-- Characters that are not seen or that deceive, and those that become a space.
local function hidden(c)
  return c < 0x20 or (c >= 0x7f and c <= 0x9f) or c == 0xad or c == 0x61c
    or (c >= 0x300 and c <= 0x36f) or (c >= 0x200b and c <= 0x200f)
    or (c >= 0x2028 and c <= 0x202e) or (c >= 0x2060 and c <= 0x206f)
    or (c >= 0xe000 and c <= 0xf8ff) or (c >= 0xfe00 and c <= 0xfe0f)
    or c == 0xfeff or c >= 0xe0000
end

local SPACED = {
  [0x09] = true, [0x0a] = true, [0x0d] = true, [0x20] = true, [0x3a] = true, [0x40] = true,
  [0x5c] = true, [0xa0] = true, [0x3000] = true, [0x3010] = true, [0x3011] = true,
  [0xff1a] = true, [0xff20] = true,
}
local LINK_WORDS = { http = true, https = true, ftp = true, www = true }

-- Removes what only the long way finds.
local function cleaned(s)
  local seen, n = {}, 0
  for _, c in codes(s) do
    if SPACED[c] then
      n = n + 1
      seen[n] = " "
    elseif not hidden(c) then
      n = n + 1
      seen[n] = char(c)
    end
  end
  s = concat(seen)
  -- Runs of more than six digits, counted through what is no letter.
  s = gsub(s, "%d[^%a\x80-\xff]*%d[^%a\x80-\xff]*%d[^%a\x80-\xff]*%d[^%a\x80-\xff]*%d[^%a\x80-\xff]*%d[^%a\x80-\xff]*%d[^%a\x80-\xff]*",
    function(run)
      local _, last = find(run, ".*%d")
      return " " .. sub(run, last + 1)
    end)
  -- Dots between letters or digits break a link.
  s = gsub(s, "([%w\x80-\xff])%.%f[%w\x80-\xff]", "%1 ")
  local words, m = {}, 0
  for word in s:gmatch("%S+") do
    local bare = word:match("^/*(.-)/*$")
    if bare ~= "" and not LINK_WORDS[lower(bare)] then
      m = m + 1
      words[m] = sub(word, 1, 2) == "//" and bare or word
    end
  end
  return concat(words, " ")
end

-- A free text as it may be shown; nil where nothing is left.
local function clean(s)
  if find(s, "[^%w'&() \x80-\xbf\xe4-\xe9]") or find(s, "  ", 1, true)
    or byte(s, 1) == 32 or byte(s, -1) == 32
    or find(s, "%d.*%d.*%d.*%d.*%d.*%d.*%d") then
    s = cleaned(s)
  else
    local small = lower(s)
    if find(small, "http", 1, true) or find(small, "www", 1, true)
      or find(small, "ftp", 1, true) then
      s = cleaned(s)
    end
  end
  if #s > 40 and length(s) > 40 then
    s = gsub(sub(s, 1, offset(s, 41) - 1), "%s+$", "")
  end
  return s ~= "" and s or nil
end

local function code(s)
  s = sub(gsub(s, "[^%w_-]", ""), 1, 20)
  return s ~= "" and s or nil
end

-- Keeps the ends; at least three and a half or a third are hidden.
local function keep(s, first, last)
  local n = #s
  local least = n <= 10 and (n + 1) // 2 or (n + 2) // 3
  if least < 3 then least = 3 end
  local most = n - least
  if most < 0 then most = 0 end
  if last > most then last = most end
  if first > most - last then first = most - last end
  local stars = n - first - last
  if stars < 3 then stars = 3 elseif stars > 16 then stars = 16 end
  return sub(s, 1, first) .. rep("*", stars) .. sub(s, n - last + 1)
end

local function number(s, first, last)
  if not s then return nil end
  s = gsub(s, "%W", "")
  return s ~= "" and keep(s, first, last) or nil
end

local function phone(s)
  if not s then return nil end
  s = gsub(s, "%D", "")
  s = s:match("^0086(1%d%d%d%d%d%d%d%d%d%d)$") or s:match("^86(1%d%d%d%d%d%d%d%d%d%d)$") or s
  return s ~= "" and keep(s, 3, 2) or nil
end

-- One text, so that a new state has no table of them to fill.
local COMPOUND <const> = [[
万俟 上官 东宫 东方 东郭 东里 东门 东阁 乌雅 乐正 亓官 令狐 仲孙 仲孫 仲長 仲长 公上 公乘 公仪 公仲 公伯 公儀 公冶
公坚 公堅 公孙 公孫 公山 公戶 公户 公玉 公皙 公祖 公羊 公良 公西 公門 公门 北宫 北宮 单于 南宫 南宮 南榮 南荣 南門
南门 即墨 叔孙 叔孫 叔梁 司城 司寇 司徒 司空 司馬 司马 司鴻 司鸿 呼延 哥舒 單于 壤駟 壤驷 士孙 士孫 夏侯 太叔 太史
夹谷 夾谷 子书 子書 子桑 子車 子车 孟孙 孟孫 季孙 季孫 宇文 安期 完顏 完颜 宗政 宰父 富察 尉迟 尉遲 屈突 左丘 巫馬
巫马 库狄 庫狄 张简 張簡 微生 慕容 拓跋 斛律 新垣 東宮 東方 東郭 東里 東門 梁丘 樂正 欧侯 欧阳 歐陽 段干 毋丘 毌丘
淳于 漆雕 澹台 澹臺 濮阳 濮陽 烏雅 独孤 獨孤 王孙 王孫 申屠 百里 皇甫 相里 穀梁 端木 第五 納蘭 纳兰 羊舌 耶律 聞人
胡母 范姜 萬俟 褚师 褚師 西門 西门 諸葛 诸葛 谷梁 豆卢 貫丘 費莫 賀若 賀蘭 贯丘 费莫 贺兰 贺若 赫连 赫連 軒轅 轩辕
达奚 達奚 邯郸 邯鄲 鍾離 鐘離 钟离 長孫 長魚 长孙 长鱼 閭丘 闻人 闾丘 顓孫 颛孙 鮮于 鲜于
]]

-- The surname of a Chinese name, the initial of any other.
local LETTER <const> = "[%a\xc2-\xf4][\x80-\xbf]*"
local function surname(s)
  local name = s and clean(s)
  if not name then return nil end
  local from, first_end = find(name, LETTER)
  if not from then return "*" end
  local _, second_end = find(name, LETTER, first_end + 1)
  if not second_end then return "*" end
  local both = sub(name, from, second_end)
  if #both == 6 and find(name, LETTER, second_end + 1) and find(COMPOUND, both, 1, true) then
    return both .. "*"
  end
  return sub(name, from, first_end) .. "*"
end

local function email(s)
  if not s then return nil end
  local first, rest, domain = s:match("^%s*(%w)([^@]*)@([%w.-]+)%s*$")
  if not domain or #domain > 36 or not find(domain, ".", 1, true) then return nil end
  return (rest ~= "" and first or "") .. "***@" .. domain
end

local function city_of(t)
  if not t.merchant_address then return nil end
  if t.merchant_city ~= "" then return clean(t.merchant_city) end
  local address, n = clean(t.merchant_address), 0
  for at, c in codes(address or "") do
    n = n + 1
    if n > 12 then return nil end
    if c == 0x5e02 or c == 0x53bf or c == 0x5dde or c == 0x7e23 then return sub(address, 1, at + 2) end
  end
  return nil
end

-- What a party may read. A merchant sees of the cardholder four digits.
local function view_of(t, party)
  local view = {
    party = party, kind = t.kind, approval = t.approval, amount = t.amount,
    original_amount = t.original_amount, time = t.time, utc_offset_minutes = t.utc_offset_minutes,
    last4 = t.last4, brand = t.brand, issuer = t.issuer,
    merchant_name = clean(t.merchant_name), merchant_city = clean(t.merchant_city),
    merchant_country = clean(t.country), merchant_address = city_of(t),
    merchant_phone = phone(t.merchant_phone), merchant_id = code(t.merchant_id),
    terminal_id = code(t.terminal_id), rrn = code(t.rrn), stan = code(t.stan),
    authorisation_code = code(t.authorisation_code),
  }
  if party == "cardholder" then
    view.fee = t.fee
    view.cardholder_name = surname(t.name)
    view.cardholder_phone = phone(t.phone)
    view.cardholder_email = email(t.email)
    view.cardholder_id_number = number(t.id_number, 1, 1)
    view.cardholder_account = number(t.account, 0, 4)
    view.counterparty = t.counterparty and clean(t.counterparty)
  end
  return view
end
