"""Dialogues with places for numbers that the rules were tuned by; notation as in frames_held_out.py."""

ENGLISH = """
A Good afternoon, Brightline Broadband, Sam speaking.
C Hi Sam, my router died {count} days ago, it was working until {time} on {date}.
A Sorry about that. What's the best number to reach you on?
C* It's {phone}.
A Okay, and I've put a ticket in, number {case}. There's a {price} credit on the way.
C Brilliant, one more thing, can I pay by card?
A Sure, go ahead with the card number.
C* {card}
A Thanks. And the CVV?
C {cvv}.

A Is {phone} still your number?
C No, that was years ago. In {year} I switched. It's {phone2} now.
A Updated. Two hundred and six people are ahead of you, about {count} minutes.

C can i give you my visa {card} and the expiration is {expiry}
A thank you and the security code
C {cvv}
A your total is {price} and your order {order} ships {date}

A May I have your social?
C* {ssn}
A And the case number on the letter?
C {case}
A You owe {price} from {year}, that's {count} payments of {price}, the next on {date}.

C I called {hotline} and was on hold for {count} minutes. My number's {phone} and I want a call back by {time}.
A I've got {phone}, and your staff contact was agent {staff}.

C Do you need my passport?
A Yes please, the passport number.
C {passport}
A Thanks, that's {price} for {count} nights from {date}.

C* My number? {phone}
A One second. One or two options for you, one at {price}, one at {price}.
C One of those is fine. I'm at {house} Oak Street.
""".strip()

CHINESE = """
A 您好，工号{staff}为您服务。
C 我的宽带坏了{count}天了，{date}报的修。
A 您办理宽带时登记的手机号是多少？
C* {phone}
A 好的，师傅{time}上门，费用是{price}。
C 还有我想绑一张卡。
A 您把卡号报给我。
C* {card}

A 请提供身份证。
C* {id}。
A 对，您{year}年办的卡，尾号{last4}，{count}次扣款，一共{price}。

C 你们给我打的电话是{hotline}，我的号码是{phone}，订单{order}。
A 一般{count}到{count}天，最晚{date}到，差价{price}退给您。

A 卡背面的三位数是多少？
C {cvv}
A 有效期{expiry}对吧。您住{house}号楼，等一下，一共两三分钟就好。

C 家里座机{phone}，手机{phone2}，都可以打。
A 好的，三三两两的问题我们一起处理，工单号{case}，{time}前回电。

A 护照号码请讲。
C {passport}。
A 好的，{count}位成人，票价{price}，{date}{time}起飞。
""".strip()

JAPANESE = """
A はい、ひかり電気サポートの森です。
C エアコンが{count}日前から動かなくて。
A ご連絡先のお電話番号をお伺いできますか。
C* {phone}です。
A ありがとうございます。訪問は{date}の{time}、費用は{price}です。

A カード番号を教えてください。
C* はい、{card}
A 裏の三桁の番号もお願いします。
C {cvv}
A {price}、{count}回払いで承りました。

C マイナンバーは{id}です。
A ありがとうございます。受付番号{case}、{count}日ほどかかります。

C 携帯{phone}に、{time}以降にお願いします。
A さようでございますか。{hotline}からおかけします。

A 旅券番号をお願いします。
C {passport}です。
A {year}年{date}、{count}名様、{price}でございます。

C 注文番号は{order}、電話は{phone}です。{date}に{count}つ買いました。
A 下{last4}のカードですね。さんに、いえ、二人でお使いですか。
""".strip()

FRAMES = {"en": ENGLISH, "zh": CHINESE, "ja": JAPANESE}
