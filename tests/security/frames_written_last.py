"""Dialogues with places for numbers, written when the rules were finished; notation as in frames_held_out.py.

They say how far the rules reach beyond what their author had in mind. At their first run security codes that were
asked for in words nobody had thought of stood open, which was mended (docs/decisions/0027); nothing else was.
"""

ENGLISH = """
A Welcome back to Penrose Motors, you're through to Imran.
C Hiya. I booked a service for {date}, can you move it to {time}?
A Let me check. Has your mobile changed? I've got {phone} here.
C No that's an old one. These days I use {phone2}.
A Cool, saved. It'll be {price} and takes about {count} hours.

C I'd like to order {count} of the blue ones and put them on my Amex.
A Sure thing. Fire away whenever you're ready.
C* {card}
A And how's the name spelt on it?
C Just like on the account. Expires {expiry}.
A Lastly the security digits.
C Oh, {cvv}.
A That's {price} in total, you'll have an email with order {order}.

A This call may be recorded. How can I help?
C somebody opened a loan in my name and i want to know how they got my social
A i'm so sorry could you confirm it for me
C* {ssn}
A thank you and is there a number where the fraud team can call you
C* {phone} any time before {time}
A they opened {count} accounts in {year} for {price} altogether

A Can you spell the email and give me a phone as well?
C It's jane dot miller at mail dot com, and the phone's {phone}.
A Got it. Your claim is {case}, quote that on {hotline}.

C Do you take cards over the phone? It's {card}.
A We do, but please wait, I need to pause the recording. Okay, again from the top?
C* {card}
A And on the reverse?
C There's {cvv}.

C My husband's on {phone} and I'm on {phone2}, whichever picks up first.
A Will do. We close at {time}, and on {date} all day. Extension {staff}.

A For the visa form I'll need your passport.
C* It says {passport}.
A Lovely. Your appointment is {date} at {time}, fee {price}, ticket {case}.

C You lot charged me {price} on {date} and {price} again {count} days later, it's a joke, I've rung {hotline} {count} times.
A I hear you. Give me the card you paid with and I'll trace it.
C {card}.
""".strip()

CHINESE = """
A 您好，云帆航空，请讲。
C 我要改签，{date}{time}那班，{count}个人。
A 好的，麻烦报一下乘机人的证件号。
C* {id}
A 收到，改签费每人{price}。短信发到{phone}可以吗？
C 可以的，那个号我一直在用。

C 喂，你们给我发的短信里面那个电话打不通啊，我自己的是{phone}，你记一下。
A 好的我记下来了，{phone}。您可以打{hotline}，{time}以后人少一些。

A 请问您用哪张卡支付呢？
C 招行那张，号码是{card}。
A 好的，我重复一遍，{card}。
C 没问题，一共{price}对吧，分{count}期。
A 对。再跟您要一下背面那三个数字。
C {cvv}

C 我{year}年在你们那儿开的户，现在想销户。
A 需要核对身份，您的身份证号？
C* {id}
A 还有预留的电话？
C* {phone}
A 好的，业务单号{case}，{count}天内办结。

C 水管爆了，赶紧来人！我在三号楼{house}，电话{phone}！
A 您别着急，师傅{count}分钟到，上门费{price}。

A 家里老人的联系方式也留一下吧。
C 我妈的是{phone}，我爸的是{phone2}。
A 好的，两位老人都登记了，套餐{price}一个月，{date}生效。

C 发票抬头我发你了，卡号我念给你听啊，{card}，农行的。
A 好的，退款{price}，{count}个工作日到账。工号{staff}，很高兴为您服务。

C 单号{order}，都{count}天了还没到，我{date}下的单，{price}呢。
A 给您催一下，快递员会打您{phone}这个号码。
""".strip()

JAPANESE = """
A はい、青葉レンタカーでございます。
C {date}の{time}から予約したいんですけど。
A ありがとうございます。{count}名様ですね。お客様の携帯をいただけますか。
C* {phone}です
A 頂戴いたしました。料金は{price}でございます。

C カードで払いたいんですが、今言っていいですか。
A はい、どうぞ。
C* {card}
A 続いて裏側の三桁もお願いいたします。
C えっと、{cvv}。
A {price}、一括で承りました。

A ご本人確認のため、マイナンバーの下からでなく全部の番号をお願いします。
C* {id}
A ありがとうございます。お手続きは{count}日で終わります。

C さっき電話したんですけど、番号間違えてました。正しくは{phone}です。
A かしこまりました。{phone}に訂正いたします。{time}までに折り返します。

C {order}番の注文、まだですか。{date}に頼んで{price}払ったのに。
A お調べします。お電話は{phone}でよろしかったでしょうか。
C はい、それで。

A 緊急のご連絡先もお願いいたします。
C じゃあ主人の{phone}で。
A ありがとうございます。夜間は{hotline}へお願いします。

C カードの番号は{card}で、期限が{expiry}です。
A はい、控えました。{year}年からのお客様ですので{count}パーセント引きの{price}です。

A お荷物は{time}に着きます。ご不在の場合はどちらにおかけすれば。
C 会社の{phone}にお願いします。
""".strip()

FRAMES = {"en": ENGLISH, "zh": CHINESE, "ja": JAPANESE}
