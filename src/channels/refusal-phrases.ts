/**
 * What mail servers say when they do not take a mail, by what it means. Each line is a regular expression for a text
 * that `refusal-words.ts` has made comparable: lower case, no accents, one space between words, and the word `sender`,
 * `recipient` or `address` for each email address.
 */

const MAILBOX =
  '(?:user(?: ?name|id)?|recipient|mail ?box|address|account|addressee|person|spectator|login|alias|employee|subscriber|customer|e-?mail (?:address|account|name))';
const OWN = '(?:sender|mail from|return.?path|originator|from address|sending (?:address|domain|ip))';
/** Words of the same sentence that may stand between two. */
const GAP = '(?:,? [^\\s.:;,]+)';
const REFUSED =
  '(?:reject|refus|denied|deny|block|banned|not (?:be )?(?:allowed|accepted|permitted|authori[sz]ed|verified|valid|exist|found)|invalid|unknown|unverif|unresolvable|bad|does ?n.t exist|does not exist|is empty|spoof|forged|failed|could not be verified|must|verification)';

/** It is about who sends, or about where the mail comes from. */
export const ABOUT_SENDER = [
  `\\b${OWN}:?${GAP}{0,4}?[:,]? ${REFUSED}`,
  `(?:invalid|bad|unknown|bogus|illegal|forged|spoofed|unroutable|unresolvable|missing|unverified|blacklisted|rejected|null|empty|envelope) (?:\\S+ ){0,2}?${OWN}(?! policy)`,
  'sender verif|(?:verify|verifying) sender|verification failed for (?!recipient)|call-?(?:out|back) (?:verif|failed|setup)|sender call-?(?:out|back)',
  'domain of (?:the )?sender|senders? domain|sender.s domain|domain of your e?-?mail',
  'you (?:are|were|have been) (?:not (?:allowed|permitted|authori[sz]ed)|blocked|banned|black ?listed)|not (?:allowed|authori[sz]ed|permitted) to (?:send|post|mail)|(?:permission|rights?) to (?:send|post)|no (?:permission|authori[sz]ation)|not owned by user',
  '\\bfrom: domain|from (?:domain|header) (?:is|not)|valid from\\b|without a valid (?:sender|from)',
  '\\bbatv\\b|\\bprvs\\b|unsigned dsn|third-party dsn|bounce ?deny|backscatter|returned mail not accepted',
  'sender not pre-?approved|non-?member|members-only|not (?:a member|subscribed)|closed mailing list|not a registered gateway user|restricted to (?:internal|authenticated|members)',
  'only accept(?:s|ing)? (?:mail|messages|e-?mail)|accepting (?:\\S+ )?(?:mail|messages|e-?mail) (?:from|with)|recipient preferences|email preferences|blocked by the recipient|blocked by user|user (?:has )?(?:reject|block)ed? (?:you|the|this|all)|refuses? to (?:receive|accept)|has restricted|because they are not accepting|resolver\\.rst\\.(?:not ?authori[sz]ed|notauth|restrict)|account is protected by',
  'absender(?: \\S+){0,6} (?:abgelehnt|unbekannt|nicht|ungue?ltig|gesperrt)|(?:expediteur|emetteur)(?: \\S+){0,6} (?:refuse|rejete|invalide|inconnu|non|bloque)',
  'remitente(?: \\S+){0,6} (?:rechaz|no |desconocid|bloquead|invalid)|mittente(?: \\S+){0,6} (?:rifiut|non |sconosciut|bloccat)|remetente(?: \\S+){0,6} (?:rejeit|recusad|invalid|desconhecid|bloquead|nao )',
  'afzender(?: \\S+){0,6} (?:geweiger|onbekend|ongeldig|geblokkeerd|niet)|nadawc\\p{L}*(?: \\S+){0,6} (?:odrzuc|nieznan|zablok|nie )|отправител\\p{L}*(?: \\S+){0,6} (?:отклон|неизвест|заблок|запрещ|не )',
  '(?:送信者|差出人|送信元).{0,30}(?:拒否|無効|存在し|許可)|(?:发件人|寄件者|发信人|寄件人|發件人).{0,20}(?:拒|無效|无效|不存在|不允许|禁止)',
];

/** Too much at once. It says nothing of the mailbox, not even if it is the recipient who gets too much. */
export const RATE = [
  'rate.?(?:limit|control|exceed)|frequency (?:is )?limit|limited? frequency|at a rate|too (?:quickly|fast|frequently)|throttl|slow(?:ing)? down|speed limit',
  'too many (?:\\S+ )?(?:connection|session|concurrent|simultaneous|recipient|request|mails? from|messages? (?:from|per|sent|in)|e-?mails? (?:from|per|sent|in)|(?:invalid|unknown|bad|non-?existent|unauthenticated) )',
  '(?:daily|hourly|sending|sent|connection|relay|receiving|message rate|recipient) (?:\\S+ )?(?:quota|limits?)\\b|(?:limit|quota|number|amount|messages|mails?|connections?)(?: \\S+){0,6} per (?:\\S+ )?(?:second|minute|hour|day|connection|session|ip)|exceeded (?:\\S+ ){0,4}(?:connections|recipients|messages|hourly|daily)',
  'concurrent connections|connection limit|maximum (?:number of )?(?:concurrent |simultaneous )?(?:connections|sessions|recipients)|low priority|sent too many|thread limit|threshold exceeded|deferred due to (?:user complaints|unexpected volume)',
  '(?:zu viele|zuviele) (?:verbindungen|nachrichten von|empfae?nger)|trop de (?:connexions|messages envoyes|destinataires)|demasiad[ao]s (?:conexiones|mensajes enviados|destinatarios)|troppe connessioni|слишком (?:много|часто)|发送频率|頻率|频率',
];

/** The mailbox, or the disk that it is on, is full. */
export const FULL = [
  '(?:over|out of|exceed(?:s|ed|ing)?|reached|beyond) (?:\\S+ ){0,4}?(?:quota|storage|disk ?space|disk|allowed size|space limit|mailbox size)|over-?quota|disk quota|quota ?(?:\\S+ ){0,3}?(?:exceed|violat|full|reached|usage)|exdiskquota|mailbox.{0,30}exceed',
  `${MAILBOX}(?: \\S+){0,4} (?:is |are )?(?:\\S+ )?full\\b|full mail ?(?:box|folder)|mail ?folder is full|inbox (?:is )?full|mailbox ?full|mbox full|boxfull`,
  'no space left|not enough (?:\\S+ )?(?:space|storage)|(?:insufficient|lack of) (?:\\S+ ){0,2}(?:space|storage|disk)|space (?:is )?not enough|space has been used up|does not have enough|storage (?:limit|allocation|full)|mailbox size limit|size of (?:the |this )?(?:mailbox|user)|exceeds allowed size|(?:mail ?box|mail file) (?:size|limit) (?:limit )?exceed|too many messages (?:on|in)|too much mail data|would exceed (?:\\S+ ){0,3}(?:storage|quota)|would be over|system (?:is )?full',
  '(?:postfach|mailbox|konto)(?: \\S+){0,4} voll|volle[sn]? postfach|speicherplatz(?: \\S+){0,4} (?:erschopft|voll|nicht)|kontingent|zu ?viele mails auf|quota uberschritten',
  'boite(?: \\S+){0,6} pleine|quota(?: \\S+){0,6} depass|espace(?: \\S+){0,5} insuffisant|messagerie(?: \\S+){0,3} pleine',
  '(?:buzon|casilla|cuenta)(?: \\S+){0,5} llen[oa]|cuota(?: \\S+){0,5} (?:excedid|superad)|excedid\\p{L}* (?:\\S+ ){0,3}cuota|sin espacio|casella(?: \\S+){0,5} piena|quota superata|spazio(?: \\S+){0,3} (?:esaurito|insufficiente)|caixa(?: \\S+){0,5} (?:cheia|lotada)|(?:cota|quota)(?: \\S+){0,4} excedid|excedeu (?:\\S+ ){0,2}(?:a |sua )?(?:cota|quota)',
  '(?:postvak|postbus|mailbox)(?: \\S+){0,4} vol\\b|quotum|skrzynk\\p{L}*(?: \\S+){0,5} (?:pe[lł]n|przepe[lł]nion)|przekrocz\\p{L}*(?: \\S+){0,3} (?:limit|quot|pojemno)|brevladan(?: \\S+){0,3} full|postkassen(?: \\S+){0,3} (?:fuld|full)|schranka(?: \\S+){0,4} pln|posta kutusu(?: \\S+){0,3} dolu',
  'ящик\\p{L}*(?: \\S+){0,6} (?:переполнен|полон)|переполнен|превыш\\p{L}*(?: \\S+){0,4} квот',
  'メールボックス.{0,10}(?:一杯|いっぱい|満杯|容量|超)|容量.{0,8}(?:超|オーバー|不足)|(?:邮箱|郵箱|信箱|空间|空間).{0,8}(?:已满|已滿|满了|不足)|超[出过過].{0,8}(?:配额|配額|容量)|(?:메일함|사서함|용량).{0,10}(?:가득|초과)',
];

/** The mail is too big. */
export const TOO_BIG = [
  `(?:message|mail|content|e-?mail|size|body|it)${GAP}{0,6}? (?:too (?:big|large)|exceed(?:s|ed|ing)?${GAP}{0,6}? (?:size|limit|maximum (?:allowed )?(?:size|message|length)))`,
  'too (?:big|large)|message too long|(?:maximum|max|allowed|permitted) (?:\\S+ ){0,2}(?:message |mail |e-?mail )?size|size (?:limit|exceed|too)|exceeded (?:\\S+ ){0,2}(?:size|limit of)|larger than|(?:send|recip)sizelimit|size limit',
  'zu (?:gro(?:ß|ss)|umfangreich)|trop (?:volumineu|gros|grand|lourd)|demasiado grande|supera el tamano|troppo grande|muito grande|excede o tamanho|te groot|taille limite|line (?:length |size )?(?:limit|too long)|za du[zż]|слишком больш|превыш\\p{L}*(?: \\S+){0,4} размер|サイズ.{0,10}(?:超|大き)|[过過]大|太大|超[过過].{0,8}(?:大小|限制)',
];

/** Refused by a rule of the other side: spam, blocklists, authentication, DNS, content, relaying. */
export const POLICY = [
  'spam|unsolicited|\\bjunk|bulk (?:e-?)?mail|mass ?mail|\\bube\\b|\\buce\\b|block(?:ed|ing|list|\\b)|black ?list|deny ?list|black-list|\\bbanned|reputation|\\bpolic(?:y|ies)|\\bvirus\\b|malware|infected|phish|suspicious|suspect',
  '\\bdmarc|\\bspf\\b|\\bdkim\\b|sender policy framework|\\brbl\\b|\\bdnsbl|\\buribl|\\bsurbl|spamhaus|spamcop|\\bsorbs\\b|senderscore',
  'content[ -](?:filter|reject|restrict|violat|denied|not |polic|was )|(?:prohibited|rejected|objectionable|illegal|unacceptable|invalid|malicious) (?:\\S+ )?(?:content|attachment|header)|attachments? (?:type|not|is|was|blocked|removed|rejected)|with attachments|reject(?:ed|ion)? (?:due to|for|because of) (?:content|security|your|its)',
  'prohibit(?:ed|ion|s)|not (?:be )?(?:allowed|permitted|authori[sz]ed)|(?:access|permission|relay(?:ing)?|service|delivery|session|message|mail|submission) (?:was |is |has been )?(?:denied|refused|blocked|prohibited|discarded)|connection (?:was |is )?(?:denied|rejected)|refused by|denied by|access den|disallowed',
  'relay(?:ing)? (?:access )?(?:denied|not|prohibited|through)|(?:unable|not permitted|not allowed|trying|attempt(?:ing)?) to relay|to use me|we do not relay|do(?:es)? not relay|rcpthosts|mail relay|not (?:one of )?our (?:local )?(?:domain|relay)|non-?local e-?mail',
  'authenticat|encryption (?:needed|required)|\\btls\\b.{0,20}requir|requires? (?:\\S+ )?(?:tls|starttls|ssl|authori)|not (?:\\S+ )?rfc|rfc[ -]?(?:2822|5322|2821|5321|1035|521|822 (?:compl|viol))|violat\\S+ (?:\\S+ ){0,3}rfc|protocol violation|complian|bare lf|security (?:polic|reason|violation|restriction|check|filter|concern)|captcha|quarantin',
  'open (?:relay|proxy)|dynamic (?:ip|host|address)|generic (?:dns|ptr|reverse)|\\bptr\\b|reverse[ -]?(?:dns|lookup|host|resolution|mapping|ip|record|name)|\\brdns|(?:cannot|can.t|unable to|could ?n.t|could not|not|failed to) (?:find|resolve|verify|confirm|reverse) (?:your|the client|an? (?:reverse|valid))|\\bhelo\\b|\\behlo\\b|client host|fix reverse|static ip|dns (?:mx|a|record|lookup)|invalid dns|ip name lookup|your (?:ip|host|hostname|domain|remote ?host|network)\\b|(?:mail|messages|connections?) from your|unverifyable|unverifiable|fully qualified|rule imposed|empty e-?mail address|use the smtp|no access from|headers? (?:are|is|not|error)|no data before|dns (?:check|failure)|has no (?:mx|a|ptr|dns)|custom reverse',
  'service refused?\\b|\\blpn\\d|aup#|gr[ea]y-?list|gr[ea]ylisted|go away|not wanted|not welcome|unwanted|we do not (?:accept|want)|don.t (?:want|like)|does not like our|did not like our|local policy|administrat\\S+ (?:prohib|reject|den)|organi[sz]ational settings|digital signature|white ?list|requires confirmation|temporarily deferred|message (?:was )?(?:rejected|discarded) (?:by|as|for|due|under)|complaint|abusive|filtered|ip address (?:is|was|has)|scor(?:e|ed|ing)\\b',
  'richtlinie|(?:wegen|aufgrund|als) (?:\\S+ )?(?:spam|inhalt)|gesperrt|blockiert|unerwunscht|nicht (?:erlaubt|berechtigt|gestattet|zugelassen)|berechtigung|bloque|politique|indesirable|non autorise|refuse par|liste noire|acces refuse',
  'bloquead|politicas?\\b|no deseado|no (?:autorizad|permitid)|lista negra|acceso denegado|bloccat|politiche|indesiderat|non (?:autorizzat|consentit)|accesso negato|indesejad|nao (?:autorizad|permitid)|acesso negado|geblokkeerd|\\bbeleid|ongewenst|niet toegestaan|polityk|niechcian|niedozwolon|odmowa dostepu',
  'спам|политик|запрещ|не разреш|ч[её]рн\\p{L}+ спис|доступ закрыт|迷惑メール|ブロック|ポリシー|受信拒否|許可されて|権限がない|垃圾|黑名单|黑名單|策略|拦截|攔截|拒收|禁止|不允许|不允許|没有权限|被.{0,4}拒[绝絕]|스팸|차단|거부',
];

const GONE =
  '(?:unknown|invalid|not (?:be )?found|not known|not (?:\\S+ )?exist(?:ing|ent)?|not recogni[sz]ed|not listed|not local|not a valid|not valid|not active|not present|not our|not handled|not (?:\\S+ )?registered|no longer|unavail?able(?! to take)|disabled|deactivated|discontinued|suspended|closed|inactive|deleted|expired|undefined|undeliverable here|(?:do(?:es)?|did)(?:n.t| not| no) exists?|no[nt][ -]?exist\\p{L}*|(?:can|could)(?:not|n.t| not) be found|was ?n.t found|not ok|terminated|frozen|wrong|moved)';
const NOT_THERE =
  '(?:unknown|invalid|non-?\\s?exist\\p{L}*|bad|illegal|undefined|inactive|incorrect|wrong|deactivated|disabled|discontinued|deleted|suspended|closed|obsolete|unrecogni[sz]ed|no such|unavailable|no valid)';

/** There is no such mailbox, or it is closed for good. */
export const NO_MAILBOX = [
  `\\b${NOT_THERE}${GAP}{0,3}? ${MAILBOX}\\b`,
  `\\b${MAILBOX}[\\])}:,.]{0,4}${GAP}{0,6}?[\\])}:,]{0,2} ${GONE}`,
  `(?:is|are) ?n[o']t (?:\\S+ ){0,3}?(?:valid|known|active|registered|existing|current) (?:\\S+ ){0,2}?${MAILBOX}|not an? (?:\\S+ ){0,2}?(?:known|valid|active|local|registered) (?:\\S+ ){0,2}?${MAILBOX}|not (?:a )?local (?:user|address|recipient)`,
  `\\bno (?:\\S+ )?(?:such )?${MAILBOX}(?: \\S+)? (?:here|by that name|at this|on this|with (?:this|that)|found|available|matching|for this)|there is no (?:\\S+ )?(?:${MAILBOX}|one)|no one (?:here|by|at)|who is this|that.s not a valid user`,
  'unknown (?:or illegal alias|local.?part|user|recipient|address|mailbox)|user ?unknown|unknownuser|recipient ?not ?found|\\bnosuchuser|no such (?:user|recipient|mailbox|person|address|account|local)|addressee unknown|invalid (?:final delivery|recipient|mailbox|user|address)|mailbox name not allowed',
  'does ?n.t have an? (?:\\S+ ){0,3}account|does not have an? (?:\\S+ ){0,3}account|not our customer|no longer (?:with|at|employed|works|accepts|in use|valid|active|on|available|exists?)|(?:has|have) left (?:the|our|this)|user (?:has )?moved|can.t accept user|cannot accept user|no matches to nameserver|final email delivery point|missing home directory|did not exactly match|no valid recipients|not present in directory|name directory|not listed in|badrcptto|bad ?rcpt|badrecipientto|validrcptto|envelope recipient has been denied|recipadr|recipient ?id invalid|virtual user|no such alias|recip ?not ?found|account (?:has been |is )?(?:disabled|suspended|closed|locked)|is currently suspended|suspend the service|mailbox (?:currently )?suspended|mailbox not available|must exist|not email addresses',
  'recipient (?:address )?rejected|address rejected|recipients? (?:is|are|was) not accepted|rcpt (?:to )?(?:\\S+ )?(?:does ?n.t|does not) exist|recipient (?:does ?n.t|does not|not) exist',
  '(?:benutzer|empfae?nger|adresse|postfach|konto|teilnehmer|empfae?ngeradresse|mailadresse|e-?mail-?adresse)(?: \\S+){0,6}? (?:unbekannt|existiert nicht|nicht (?:gefunden|bekannt|vorhanden|existier)|ungue?ltig|gibt es nicht|deaktiviert|konnte nicht gefunden)|unbekannter? (?:benutzer|empfae?nger|adresse)|kein(?:en?)? (?:solche[rns]? )?(?:benutzer|postfach|empfae?nger|konto)|existiert nicht',
  '(?:utilisateur|destinataire|adresse|compte|boite)(?: \\S+){0,8}? (?:inconnu|n.existe (?:pas|plus)|invalide|introuvable|inexistant|desactive|archive|non recense)|utilisateur (?:inconnu|non)|n.existe (?:pas|plus)|destinataire invalide',
  'no existe (?:\\S+ ){0,2}?(?:usuario|cuenta|direccion|buzon|persona|destinatario)|(?:usuario|cuenta|buzon|direccion|destinatario)(?: \\S+){0,6}? (?:no existe|desconocid|inexistente|no (?:es )?valid|invalid|deshabilitad|suspendid|no (?:se )?(?:ha )?(?:encontr|pudo encontrar))|usuario desconocido',
  '(?:utente|destinatario|casella|indirizzo)(?: \\S+){0,6}? (?:sconosciut|inesistente|non esist|non (?:e stat\\p{L} )?trovat|non valid|disabilitat|disattivat)|nessun utente|utente sconosciuto',
  '(?:usuario|utilizador|destinatario|endereco|conta|caixa)(?: \\S+){0,6}? (?:desconhecid|inexistente|nao existe|nao (?:foi )?encontrad|invalid|desativad)|usuario inexistente|nao existe',
  '(?:gebruiker|ontvanger|adres|postvak|e-mailadres)(?: \\S+){0,6}? (?:onbekend|bestaat niet|niet (?:gevonden|bekend)|ongeldig)|onbekende (?:gebruiker|ontvanger)|bestaat niet',
  '(?:uzytkownik|odbiorc|adres|konto|skrzynk)\\p{L}*(?: \\S+){0,6}? (?:nie istnieje|nieznan|niedost[eę]pn|nie znalezion|zablokowan|nieaktywn)|brak (?:takiego )?(?:uzytkownika|konta|skrzynki|odbiorcy)|niezna\\p{L}+ (?:odbiorca|uzytkownik|adres)|nie ma takiego|nie istnieje',
  '(?:пользовател|получател|адрес|ящик|аккаунт)\\p{L}*(?: \\S+){0,6}? (?:не (?:найден|существует|зарегистрирован|известен)|неизвест|отсутствует|заблокирован|отключ)|нет так\\p{L}+ (?:пользовател|адрес|ящик)|неизвестн\\p{L}+ (?:получател|пользовател|адрес)|несуществующ',
  '(?:ユーザ|宛先|あて先|メールアドレス|メールボックス|アドレス|アカウント|受信者).{0,20}(?:存在しませ|存在しない|見つかりませ|不明|無効|使用されてい|使われて)|存在しない(?:アドレス|ユーザ|メール)|宛先不明|該当(?:する)?.{0,10}(?:ありません|ございません)',
  '(?:用户|收件人|邮箱|地址|帐号|账号|帳號|用戶|收件者|信箱|郵箱|账户).{0,30}(?:不存在|未找到|找不到|无效|無效|未知|停用|已注销)|[无無]此(?:用户|用戶|邮箱|郵箱|人)|查[无無]此人|没有(?:该|这个|此)用户|不存在的(?:用户|邮箱|收件人)|(?:사용자|수신자|주소|계정).{0,10}(?:없|존재하지|찾을 수)',
  '(?:anvandaren|mottagaren|adressen|brevladan|modtageren|brukeren|mottakeren|kontoen)(?: \\S+){0,4} (?:finns inte|findes ikke|finnes ikke|okand|ukendt|ukjent)|(?:uzivatel|adresat|schranka|prijemce)(?: \\S+){0,4} (?:neexistuje|neznam)|(?:kullanici|alici|adres|posta kutusu)(?: \\S+){0,4} (?:bulunamadi|bilinmiyor|yok)|ismeretlen (?:cimzett|felhasznalo)|tuntematon (?:vastaanottaja|kayttaja)|(?:χρηστης|παραληπτης)(?: \\S+){0,4} (?:αγνωστος|δεν)',
];

/** Said for certain of the mailbox, whatever else stands beside it. */
export const SURELY_NO_MAILBOX = [
  'recipient (?:address )?rejected[^\\p{L}]{1,4}access denied|mailbox unavailable or access denied|mailbox name not allowed|unavailable or not local|recipient account is ?blocked',
];

/** The domain of the recipient does not exist, or takes no mail. */
export const NO_DOMAIN = [
  '(?:host|domain)(?: or domain)?(?: name)? (?:is )?(?:unknown|not found|invalid)|unknown (?:host|(?:mail )?domain)|no such (?:domain|host)|domain(?: name)?(?: \\S+){0,5}? (?:does ?n.t exist|does not exist|not found|is not valid|could ?n.t be found|could not be found|not known|must exist|no longer)|nxdomain|name or service not known|domain is not reachable|no route (?:found )?to domain|non-?existent (?:host|domain)|no longer registered',
  'null mx|does not accept mail|do(?:es)? not accept (?:any )?(?:e-?)?mail|domain (?:takes|accepts|has) no mail|no (?:mx|mail) (?:record|host|server|exchanger)s?|could ?n.t find any (?:host|mail)|name service error|unrout?e?able (?:mail )?(?:domain|address)|unrout?able|could not find a gateway|bad destination (?:system|host|domain)|no smtp service|illegal host\\/domain|host\\/domain name found|dns hard error|host address lookups? failed permanently|answer with no data',
  '(?:unbekannte|ungue?ltige) domain|domain(?: \\S+){0,3} (?:existiert nicht|nicht gefunden|unbekannt)|domaine(?: \\S+){0,4} (?:inconnu|n.existe|introuvable)|dominio(?: \\S+){0,4} (?:no existe|inesistente|non esist|desconocid|nao existe|inexistente|desconhecid)|domein(?: \\S+){0,3} (?:bestaat niet|onbekend)|domen\\p{L}*(?: \\S+){0,3} nie istnieje|домен\\p{L}*(?: \\S+){0,4} (?:не (?:найден|существует))|(?:域名|网域|網域).{0,10}(?:不存在|无法解析|找不到)|ドメイン.{0,12}(?:存在し|見つか)',
];

/** The server of the recipient could not be reached, or did not answer, until the reporter gave up. */
export const UNREACHABLE = [
  'timed? ?out|time ?out|connection (?:was )?(?:refused|reset|lost|closed|dropped|timed)|lost connection|no route to host|(?:network|host|server|system) (?:is )?(?:unreachable|unavailable|not (?:reachable|available|responding))|not responding|could not contact|did not accept our (?:request|connection)|find a mail exchanger|(?:could ?n.t|could not|cannot|can.t|unable to|not able to) (?:\\S+ )?(?:connect|establish)|establish an smtp connection|try again$|not reachable|temporary lookup failure|host not found, try again|name server(?: \\S+){0,3} (?:reply|failure)|servfail|nameserver error',
  '(?:too long|longer)(?: \\S+){0,3} queue|queue(?: \\S+){0,3} too long|retry time|maximum-?time|(?:message|mail|delivery time|delivery|queue) (?:has )?expired|did not respond|maximum (?:number of )?(?:delivery )?attempts|(?:failing|failed) for (?:a long time|over)|failed \\d+ attempts|after \\d+ (?:\\S+ )?attempts|(?:for|within|in|after|past|over) (?:\\S+ )?[\\d.]+ (?:day|hour)|aborted after|no answer from|not been collected|unavailable or busy|server (?:is )?(?:busy|down)|cannot send message for',
  'nicht erreichbar|zeituberschreitung|delai (?:\\S+ )?(?:depasse|expire)|injoignable|tiempo (?:\\S+ )?(?:agotado|espera)|tempo (?:\\S+ )?(?:esgotado|scaduto)|non raggiungibile|inacessivel|niet bereikbaar|nieosi[aą]galn|nie odpowiada|недоступен|не отвечает|タイムアウト|接続できま|连接超时|連線逾時|无法连接|超时',
];

/** Something broke on the way; it says nothing of the mailbox. */
export const TROUBLE = [
  'too many hops|hop count|(?:mail|forwarding|routing|aliasing|message) loop|loop(?:s|ing|ed)?\\b|system (?:config\\p{L}* )?error|internal (?:\\S+ )?error|(?:server|local|system) (?:configuration |processing )?(?:error|problem)|misconfigur|mailer error|command died|command output|ldap|encountered an error|queue file|can.t create|error opening|out of memory|transaction failed|service (?:is )?(?:currently |temporarily )?(?:unavailable|not available)|syntax error|command not|not implemented|drd for domain|no resent-from|advertise auth',
];

/** Refused without a word why. */
export const REFUSED_SOMEHOW = [
  '\\b(?:message|mail|e-?mail|content|delivery|transaction)(?: \\S+){0,3} (?:rejected|refused|rejete|abgelehnt|rechazado|rifiutato|rejeitada?|geweigerd|odrzucon|отклонен)',
];
