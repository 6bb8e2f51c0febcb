"""How quality forms elsewhere word what the items of the shipped scorecards ask."""

import re

# How forms elsewhere word what the shipped items ask; their own titles and guidance are added to these.
WORDINGS = {
    "standard_greeting": (
        "greeting|proper greeting|opens with brand name and agent name|brands the call and offers assistance|"
        "standard greeting|opening greeting|call opening|opening script|branded greeting|"
        "greets the customer with company name and own name|introduces self and company|uses the correct opening|"
        "welcome greeting and introduction|opening statement|opens the call professionally|"
        "answered with standard script|开场白|标准开场白|标准开头语|使用标准开头语|规范开头语|开头语|开头语规范|"
        "问候语|首问语|使用标准问候语|规范使用开头语|报工号|自报家门|主动问好并报工号|开场问候|第一声|オープニング|"
        "名乗り|開始の挨拶|挨拶と名乗り|オープニングトーク|会社名と名前を名乗る|会社名・氏名を名乗る|明るい第一声|"
        "最初の挨拶|受電時の名乗り"
    ),
    "asks_name": (
        "asks name|asks for the name|asked for the caller's name|asks for the customer's name|asks the caller's name|"
        "obtains customer name|requests name|how may i address you|asks how to address the customer|"
        "confirms the customer's name|询问客户姓名|询问称呼|询问客户贵姓|询问客户姓氏|主动询问客户姓名|请问贵姓|"
        "确认客户姓名|核对客户姓名|氏名確認|お名前の確認|名前を伺う|お客様のお名前確認|お名前を聞く|氏名の確認|"
        "氏名を聞く"
    ),
    "asks_need": (
        "asks what the customer needs|offers help|asks how they could help|asks how to assist|"
        "offers assistance at the start|asks how to help|identifies the reason for the call|how can i help you|"
        "asks reason for calling|probes for the need|purpose of the call|询问客户需求|询问客户来电目的|主动询问需求|"
        "询问来意|确认客户需求|请问有什么可以帮您|主动询问客户需要什么帮助|询问来电原因|用件の確認|ご用件を伺う|"
        "ご用件を聞く|ご用件の確認|用件を尋ねる|お問い合わせ内容の確認|用件を把握する"
    ),
    "uses_name": (
        "uses the customer's name|addresses the customer by name|uses name during the call|"
        "uses the name at least twice|personalises the call|uses the name naturally|uses caller's name at least once|"
        "personalisation uses name|calls the customer by name|refers to the customer by name|称呼客户姓氏|"
        "通话中称呼客户姓氏|使用客户姓氏称呼|使用尊称称呼客户姓氏|以姓氏称呼客户|通话中使用姓氏称呼|尊称客户|"
        "用姓氏尊称|お客様の名前を呼ぶ|お名前を呼ぶ|お名前をお呼びする|名前で呼びかける|お名前でお呼びする|"
        "会話中に名前を呼ぶ|お名前を使う"
    ),
    "hold_music": (
        "hold music|music on hold|uses the hold button|plays music while the customer waits|等候音乐|播放等候音乐|"
        "使用等待音乐|等待时播放音乐|使用保持音乐|保留音|保留メロディ|保留音を流す|保留ボタンを使う|保留音が流れる"
    ),
    "hold_reason": (
        "explains why on hold|explains the reason for the hold|tells why put on hold|gives the reason for the hold|"
        "states reason before placing on hold|informs the customer of the reason for hold|"
        "asks permission and gives reason before hold|tells the customer why they must wait|等待前说明原因|"
        "告知等待原因|说明等候原因|让客户等待前告知原因|转保持前说明原因|请客户等待时说明原因|保留前の説明|"
        "保留する理由を伝える|保留の理由を説明|保留理由を伝える|保留前に理由を伝える|お待たせする理由"
    ),
    "hold_apology": (
        "apologises for the hold|apologises for the wait|thanks or apologises after hold|apologizes for waiting|"
        "returns from hold with an apology|sorry for keeping you waiting|等待后致歉|等候后道歉|等候致歉|"
        "结束等待后致歉|让客户久等后致歉|恢复通话后致歉|等候结束后致歉|因等待道歉|等候结束后道歉|为等待致歉|"
        "等待结束后表示歉意|保留後のお詫び|保留明けのお詫び|お待たせしましたのお詫び|保留解除後に謝罪|"
        "お待たせしたことへのお詫び"
    ),
    "long_hold_explained": (
        "explains long hold|hold longer than two minutes is explained|updates the customer during long hold|"
        "checks back every two minutes on hold|returns to the customer within 2 minutes and explains delay|"
        "long wait explained|hold time over 2 minutes|updates every 2 minutes while on hold|超过2分钟说明原因|"
        "等候超时说明|等待时间超过2分钟需解释|等候时间超过2分钟说明原因|长时间等待说明原因|等待超过两分钟及时说明|"
        "等候超过2分钟回访客户|超时等待说明|等候超2分钟告知进展|2分以上の保留|長い保留の説明|"
        "保留が長い場合の中間報告|長時間保留の説明|保留2分超の説明"
    ),
    "no_interruption": (
        "does not interrupt|no interruptions|does not interrupt the customer|lets the customer finish|"
        "does not talk over the customer|allows the customer to speak|avoids interrupting|不打断客户|不打断|"
        "不抢话不打断|抢话|无抢话|不抢话插话|不打断客户说话|让客户把话说完|无抢插话|无打断现象|抢话打断|"
        "話をさえぎらない|話を遮っていない|話を遮らない|かぶせない|お客様の話を最後まで聞く|発話の被せ|"
        "発言にかぶせない"
    ),
    "active_listening": (
        "active listening|listens actively|listening skills|listens attentively and understands|paraphrases|"
        "restates the issue|confirms understanding|积极聆听|倾听|认真倾听|倾听能力|耐心倾听并理解客户问题|理解能力|"
        "倾听与理解|傾聴|積極的傾聴|傾聴力|傾聴姿勢|傾聴の姿勢|聴く力|要望の理解"
    ),
    "objection_handling": (
        "objection handling|handles objections|deals with complaints and objections|overcomes objections|异议处理|"
        "处理客户异议|异议处理能力|灵活处理异议|投诉异议处理|異議対応|反論への対応|苦情への対応|クレーム対応|切り返し"
    ),
    "product_knowledge": (
        "product knowledge|process knowledge|knowledge of products and procedures|knowledge|technical knowledge|"
        "业务知识|产品知识|业务熟练|业务熟悉程度|业务能力|专业知识|业务熟练度|商品知識|業務知識|知識|製品知識|"
        "商品知識がある"
    ),
    "correct_information": (
        "correct information|accurate information|accuracy of information|gives accurate and complete information|"
        "provides correct resolution|information accuracy|accuracy|信息准确|解答准确|提供正确信息|回答准确完整|"
        "解答正确|业务解答准确性|准确性|正確な案内|正しい案内|案内の正確さ|正確な情報|情報の正確性|案内内容の正確性|"
        "誤案内がない"
    ),
    "clear_expression": (
        "clear speech|clarity|speaks clearly|clear communication|pronunciation and pace|articulation|"
        "speech rate and clarity|tone pace and clarity|表达清晰|语速适中|吐字清晰|语言表达|表达能力|语速语调|"
        "口齿清楚|语速适中吐字清晰|滑舌|発声|話し方|明瞭な話し方|聞き取りやすさ|話す速度|声の大きさと速さ|"
        "話すスピード"
    ),
    "polite": (
        "polite|politeness|professional|professional and courteous|courtesy|courteous|professional and polite|"
        "remains polite and respectful|polite language|no rude language|rudeness|rude or abusive to the customer|"
        "礼貌|礼貌用语|态度有礼|文明用语|服务态度|使用礼貌用语|服务禁语|禁用语|使用服务禁语|辱骂客户|态度恶劣|"
        "顶撞客户|敬語|丁寧|礼儀|言葉遣いが丁寧|言葉遣い|丁寧な言葉遣い|正しい敬語|不適切な発言"
    ),
    "patient": (
        "patient|patience|shows patience|remains patient|remains calm|耐心|有耐心|耐心解答|服务耐心|耐心细致|忍耐|"
        "根気強い|落ち着いた対応|忍耐強い対応|辛抱強い"
    ),
    "warm": (
        "warm|friendly|friendly tone|empathy and warmth|warm and friendly|enthusiasm|sincere|shows empathy|热情|"
        "服务态度热情|态度热情|亲切|热情友好|语气亲切|热情主动|亲和力|态度诚恳|笑声|好感|温かみ|親しみ|親切な対応|"
        "明るい声|親しみやすさ"
    ),
    "closing_question": (
        "offers further assistance|offers additional assistance|offers any other assistance|"
        "asks if anything else is needed|further assistance|anything else|offers additional help before closing|"
        "asks for other questions|asks whether there is anything else|asks whether further help is needed|"
        "询问是否还有其他需要|还有其他问题吗|确认有无其他问题|询问其他需求|主动询问有无其他需求|结束前询问其他需要|"
        "询问还有什么可以帮助|他にご不明点の確認|ご不明な点がないか確認|他に質問がないか|ほかにご用件|他の用件の確認|"
        "不明点の確認|追加質問の確認|ほかにご質問"
    ),
    "thanks_for_calling": (
        "thanks the customer for calling|thanks for the call|thank you for calling|thanks customer at the end|"
        "closes the call with thanks|closing thanks|thanks for choosing us|感谢来电|感谢致电|感谢客户来电|致谢|"
        "结束语致谢|感谢客户致电|致谢并结束通话|お礼の挨拶|お電話のお礼|お電話ありがとうございました|終話時のお礼|"
        "感謝の言葉"
    ),
}
# What a title must name besides, to be taken for an item that a rule judges: by likeness alone, "explains the reason
# for the charge" would be the reason for a hold. All of the patterns must be found; one after "not " must not.
WAITING = r"\bhold|on hold|wait|等|保留|待た|お待"
MUST_NAME = {
    "standard_greeting": (
        r"greet|opening|\bopens|opened|welcome|introduc|script|brand|"
        r"开头|开场|问候|问好|首问|工号|自报|オープニング|第一声|名乗|挨拶|冒頭",
    ),
    "asks_name": (
        r"\bask|request|obtain|confirm|how .*address|询问|请问|问|核对|确认|確認|伺|聞|尋ね",
        r"name|address|姓|称呼|名前|氏名",
        r"not company|公司|会社",
    ),
    "asks_need": (
        r"need|help|assist|reason|purpose|需求|需要|来意|来电|目的|帮|用件|要望|問い合わせ",
        r"not further|additional|else|other|还有|其他|其它|ほか|他に",
    ),
    "uses_name": (
        r"\buse|address|call|personal|称呼|尊称|使用|呼|使",
        r"name|姓|称呼|尊称|名前|氏名",
        r"not verif|confirm|check|record|account|核|确认|確認|记录|記録|询问|伺",
    ),
    "hold_music": (r"music|hold button|音乐|音楽|保留音|メロディ|保留ボタン",),
    "hold_reason": (WAITING, r"reason|why|explain|原因|理由|为什么|说明|説明|告知"),
    "hold_apology": (WAITING + "|delay|久", r"apolog|sorry|歉|お詫|詫び|謝|申し訳"),
    "long_hold_explained": (
        WAITING,
        r"explain|why|reason|updat|check.* back|return|说明|解释|原因|告知|説明|理由|報告",
    ),
    "no_interruption": (r"interrupt|talk.* over|finish|speak|打断|抢|插|さえぎ|遮|かぶせ|被せ|最後まで",),
    "closing_question": (
        r"else|other|further|additional|其他|其它|还有|别的|他に|ほか|不明|追加",
        r"ask|question|need|help|assist|anything|询问|需要|需求|问题|帮|确认|質問|用件|不明",
    ),
    "thanks_for_calling": (
        r"thank|谢|礼|感謝|ありがとう",
        r"not patien|hold|wait|information|cooperat|耐心|等|配合|提供|待ち",
    ),
}
# Words that every item of every form has, and that tell none of them from another.
EMPTY_WORDS = frozenset(
    "a an the of for to and or in on at by is are be was were with the their they it its his her that this as did does "
    "do agent agents advisor adviser representative rep csr caller customer customers client clients s appropriate "
    "appropriately proper properly correctly has have had who whether any if there could how they much".split()
)
EMPTY_SIGNS = re.compile(
    r"是否|客服|坐席|座席|话务员|客户|顾客|用户|有没有|能够|可以|"
    r"進行|オペレーター|お客様|できている|している|ましたか|いますか|できたか|したか"
)
