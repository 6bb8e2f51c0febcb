"""Dialogues with places for numbers, written before the rules: the figure of row 18 rests on them.

They are never changed because of what the rules make of them. While the rules were tuned only the shares were looked
at, and once five lines that failed. A line begins with who speaks (A agent, C customer); with `*` the line may come as
several turns, with a word or a repetition from the other side between the groups. `{card}` and the like must be
hidden, `{card:0-8}` is a part of the number; the names in KEPT of kept_numbers.py stay.
"""

ENGLISH = """
A Thanks for calling Hollis Energy, you're speaking to Beth, extension {staff}. What can I do for you?
C Hi Beth, my bill came to {price} and last winter it was about {price}.
A I can look into that. Could I take a contact number in case we get cut off?
C* Yeah it's {phone}.
A Got that. And the account reference at the top of the letter?
C It's {case}.
A Lovely. The reading on {date} was estimated, so I'd expect a credit of {price} by {time} tomorrow.

A Northgate Travel, good morning.
C Morning, I'd like to pay the rest of my holiday, booking {case}.
A Of course, that's {price} outstanding. Which card would you like to use?
C Visa please.
A And the long number across the front?
C* Okay. {card}
A Expiry?
C {expiry}.
A And the three digits on the back?
C {cvv}
A Perfect, that's gone through. You fly on {date} at {time} and there are {count} of you.

C hello yes i want to dispute a charge of {price} from {date}
A sure can i get the card number you used
C* it's {card} i think
A let me read that back {card} is that correct
C yep
A okay i see {count} charges on there the last one at {time}

A Before we go on I need to verify you. What's your social security number?
C* Uh, {ssn}.
A Thank you. And your date of birth?
C {date}.
A Thanks. I've opened case {case} and it takes {count} to {count} business days.

A Is there a mobile we can text the engineer's arrival time to?
C* Sure, {phone}. He should come before {time} though, I'm out after that.
A That's {phone}. There's a {price} call-out fee unless it's under warranty, which runs until {year}.

C My passport number is {passport} and I booked {count} seats in row {count}.
A Thank you. Boarding starts at {time} from gate {count}.
C And my cell if anything changes, {phone}.

A If you lose signal again call us on {hotline}, option {count}, any day before {time}.
C Will do. I've rung {count} times this week already.

C I need to give you my new number, the old one was {phone} and now it's {phone2}.
A Right, so I'm taking off {phone} and putting on {phone2}.

A Do you have a card you'd like to keep on file?
C* It's a Mastercard, {card}, exp {expiry}, and the code's {cvv}.
A Sorry, was the start of that {card:0-4}?
C Yes, {card:0-4}, then {card:4-8}.

A Your parcel number is {order} and it left the depot at {time}.
C I paid {price} for next day, it's been {count} days. Ring me on {phone} when you know.

C The card ends in {last4} and I was charged {price} twice.
A I see both, at {time} and {time} on {date}. You'll have {price} back within {count} working days.

A And which number should the specialist call?
C {phone}, that's my work line, or {phone2} after {time}.

A Could you enter, well, just tell me the sixteen digits?
C* {card}
A Hmm, it's not taking it. Once more, slowly?
C* {card}
A And the security code?
C It's, hang on, {cvv}.
A Done. {price} paid on {date}, reference {case}.

C I live at {house} Maple Avenue, the zip is {zip}, and I've been with you since {year}.
A Thanks. The plan is {price} a month for {count} months, with {count} gigs of data and {count} percent off in {year}.
""".strip()

CHINESE = """
A 您好，这里是安和保险，我的工号是{staff}，请问有什么可以帮您？
C 我想改一下投保时留的联系电话。
A 好的，请您报一下新的号码。
C* 嗯，{phone}。
A 好的。原来的那个是{phone2}对吗？
C 对，那个不用了，已经停机{count}个月了。

A 为了核实您的身份，麻烦提供一下身份证号码。
C* {id}
A 我跟您核对一下，{id}，对吗？
C 没错。
A 好的，您的保单是{date}生效的，每年保费{price}，一共交{count}年。

C 你好我的卡被吞了
A 请问卡号是多少
C* {card}
A 好的先生您是在{date}{time}左右取的款吗
C 对取了{price}它没吐出来
A 我们会在{count}个工作日内处理，您也可以拨打{hotline}查询进度

A 请问您是信用卡付款吗？请说一下卡片正面的号码。
C* 好，{card}。
A 有效期呢？
C {expiry}
A 背面最后三位？
C {cvv}
A 付款成功，金额是{price}，请您记一下受理编号{case}。

C 我{date}买的洗衣机，花了{price}，用了{count}次就坏了。
A 非常抱歉，请问您的订单号是多少？
C {order}。
A 师傅{time}到{time}之间上门，到时候打哪个电话联系您？
C* 打我爱人的吧，{phone}。

C 收件人地址是幸福路{house}号{count}单元，电话{phone}。
A 好的，您的快递已经到了第{count}中转站，预计{date}送到。

A 感谢您致电，自助查询请按{count}，人工服务请按{count}。
C 我想问一下去年{date}那笔{price}的扣款。
A 您的卡尾号是{last4}吗？
C 是的，{count}张卡里头就这张有问题。

A 您方便留个手机号吗？
C* {phone}
A {phone}，好的，稍后会给您发一条短信。
C 你们大概{time}之前能回吗？我等了{count}天了。

C 帮我查一下座机欠费，{phone}。
A 您这个座机从{year}年开始用的，目前欠费{price}，滞纳金百分之{count}。

A 请问护照号是多少？
C {passport}。
A 好的，您订的是{date}{time}的航班，一共{count}位，票价{price}。

C 我的身份证是{id}，手机是{phone}，卡号{card}，你全都记一下吧。
A 好的，都记下了，业务编号{case}。

A 安全码您看一下卡背面。
C 哦{cvv}。
A 好的，扣款{price}，分{count}期，每期{price}。
""".strip()

JAPANESE = """
A お電話ありがとうございます。みなと保険の佐々木でございます。
C 住所が変わったので手続きをしたいんですが。
A かしこまりました。ご登録のお電話番号をお願いいたします。
C* えっと、{phone}です。
A 復唱いたします。{phone}でよろしいでしょうか。
C はい、そうです。
A ありがとうございます。{date}から有効で、保険料は月々{price}です。

A お支払いに使われるカードの番号をお願いします。
C* {card}
A 有効期限は。
C {expiry}です。
A 裏面のセキュリティコードをお願いします。
C {cvv}です。
A ありがとうございます。{price}でお手続きいたしました。受付番号は{case}です。

C マイナンバーはどう伝えればいいですか。
A こちらで承ります。
C* {id}です。
A {id}ですね。ありがとうございます。{count}営業日ほどかかります。

C {date}に買った掃除機が{count}回で壊れました。{price}もしたのに。
A 申し訳ございません。折り返しのご連絡先をいただけますか。
C* 携帯で、{phone}。
A {time}までにお電話いたします。

A ご不明な点は{hotline}、受付時間は{time}から{time}まででございます。
C はい。先月も{count}回かけたんですけどね。

C クレジットカードの番号なんですが、{card}です。
A {card}、お間違いないでしょうか。
C はい。

A お客様の携帯番号を教えてください。
C* {phone}
A はい、{phone}ですね。明日の{time}に{count}名様で承りました。

C 荷物がまだ届かないんです。注文番号は{order}です。
A {date}に発送済みで、送料は{price}でございます。
C じゃあ届いたら{phone}に電話ください。

A ご自宅のお電話番号は{phone}、携帯は{phone2}でよろしいですか。
C 自宅は合ってます。携帯は{phone3}に変わりました。

A パスポートの番号をお願いいたします。
C {passport}です。
A ありがとうございます。{year}年の{date}、{time}発、{count}名様ですね。

C 下{last4}のカードで{price}引き落とされてるんですけど。
A {date}のご利用分ですね。{count}年{count}か月のご契約でございます。

C うちの番号ですか。{phone}です、夜は{time}過ぎないといません。
A 承知しました。料金は{price}、{count}日以内にお支払いください。
""".strip()

FRAMES = {"en": ENGLISH, "zh": CHINESE, "ja": JAPANESE}
