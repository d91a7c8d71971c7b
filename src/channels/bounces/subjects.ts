/**
 * What subjects of mail systems begin with. What follows is often our own subject, quoted back, so nothing is looked for
 * further on.
 */
export type SubjectFamily = 'auto_reply' | 'delayed' | 'delivered' | 'failed';

const AUTO_REPLY = [
  'auto(?:matic)?[- ]?(?:reply|response|answer|responder|generated reply)|auto:|\\[auto|autoreply|autoresponse|automated (?:reply|response)|out of (?:the )?office|ooo\\b|away (?:from|until)|on (?:vacation|holiday|leave)|vacation|i am (?:away|out|on)|absence',
  'automatische (?:antwort|abwesenheit)|abwesenheit|autoantwort|urlaub|nicht im b[uü]ro|r[ée]ponse automatique|absent|absence|en cong[ée]|respuesta autom|fuera de (?:la )?oficina|risposta automatica|fuori sede|assente|resposta autom|fora do escrit|aus[êe]ncia',
  'automatisch antwoord|afwezig|autosvar|automatiskt svar|automatisk svar|fr[åa]nvaro|automaattinen vastaus|poissa|autoodpowied|automatyczna odpowied|\\[automatyczna|poza biurem|automatick[áa] odpov|mimo kancel|otomatik yan|automatikus v|αυτόματη',
  'автоответ|автоматический ответ|вне офиса|自動(?:応答|返信)|不在|自动(?:回复|答复)|自動(?:回覆|答覆)|外出|자동 ?(?:응답|회신)|부재',
];

const DELAYED = [
  '(?:\\W*warning\\W{1,3})?(?:your |the )?(?:message|mail|e-?mail|delivery)(?: \\S+)? (?:is |has been |was )?(?:delayed|still|has not yet|not yet|postponed|deferred)|delayed|delivery delayed|delivery (?:status notification ?\\( ?(?:mail delivery )?delay\\w*|notification: ?delivery (?:has been )?delayed|report ?\\(delay|warning|temporarily)|warning: (?:message|could not send|mail)|could not send message for past|mail delivery (?:warning|delayed)|transient|message (?:delivery )?delay',
  'verz[öo]ger|zustellung verz|retard|message retard|remise (?:diff|retard)|retras|entrega (?:retras|demor|atras)|ritard|messaggio in ritardo|consegna ritard|atras|vertraag|bezorging vertraag|op[óo][źz]n|задерж|配信(?:遅延|が遅)|遅延|延迟|延遲|投递延迟|지연',
];

const DELIVERED = [
  'successful mail delivery|delivery status notification ?\\( ?(?:success|relay|deliver)|delivered:|(?:message|mail) (?:successfully )?delivered|delivery (?:report ?\\( ?success|receipt|confirmation)|relayed:|zugestellt:|remis ?:|entregado:|recapitato:|entregue:|bezorgd:|доставлено:|配信済み|已送达|已傳遞',
];

const FAILED = [
  '(?:mail|message|e-?mail) (?:delivery )?(?:has )?fail|(?:failed|failure|non|permanent|returned|undelivered|undeliverable|unable to|could ?n.t|error)[ -]?(?:mail|message|e-?mail|delivery|to deliver|notice|sending|report|deliver)|undeliver|non-?deliver|fail(?:ed|ure)\\b|delivery (?:status notification ?\\( ?fail|status notification|notification|status|failure|failed|has failed|incomplete|problem|error|report|unsuccess)|delivery$',
  '(?:mail|message|e-?mail)(?: \\S+)? (?:delivery )?(?:error|problem|failure|failed|not delivered|undeliver|could not|can ?not|can.t|was not|returned|status|rejected|bounce|delivery (?:failure|problem|error|status|subsystem|system))|mail (?:system )?error|mail delivery|your (?:message|mail|e-?mail)(?: to \\S+)?(?: \\S+)? (?:could|was|has|did|can)(?: ?not|n.t)|sorry, your (?:message|mail)|there was an error sending|returned (?:mail|message|to sender)|returning (?:mail|message)|bounce|rejected(?: mail|:| message)|automatically rejected|notice: mail delivery|error mail|processing error|nondeliver|warning: \\S+ - user unknown|ndn:|you \\S+ are not (?:a )?member|user unknown|unknown (?:user|address|recipient)|system bounce',
  'unzustell|nicht zugestellt|nicht zustell|zustell(?:ung)?(?: \\S+)? fehl|zustellfehler|fehler bei der|nachricht (?:konnte )?nicht|nichtzustell|non (?:remis|distribu|d[ée]livr)|[ée]chec (?:de )?(?:la )?(?:remise|distribution)|message non|impossible de (?:remettre|distribuer)|utilisateur non|adresse (?:inconnue|inexistante)|notification d.[ée]chec',
  'no se (?:puede|pudo|ha podido) entregar|no entreg|mensaje no|error (?:de|en la|al) (?:entrega|enviar)|devuelto|non recapit|impossibile (?:recapit|consegn)|mancat[oa] (?:recapito|consegna)|messaggio non|consegna (?:fallita|non)|n[ãa]o (?:foi poss[íi]vel )?(?:entreg|é poss)|mensagem n[ãa]o|falha (?:na|de) entrega|erro (?:na|de) entrega|devolvid',
  'onbestel|niet (?:bezorgd|besteld|te bezorgen|afgeleverd)|bezorging (?:mislukt|is mislukt)|kan (?:inte|ikke) lever|olevererbar|ikke levert|gick inte att leverera|kunne ikke leveres|ei voitu toimittaa|nie (?:mo[żz]na|dostarcz|dor[ęe]cz)|niedor[ęe]cz|niedostarcz|zwrot|nedoru[čc]|nelze doru|k[ée]zbes[íi]thetetlen|teslim edilemed|αδύνατη|μη παραδο',
  'не ?доставлен|недоставлен|не удается доставить|не удалось доставить|ваше сообщение не|сообщение не доставлено|ошибка доставки|配信(?:不能|できま|に?失敗|エラー)|配送(?:でき|不能)|未送達|送信(?:エラー|できま|失敗)|メール(?:エラー|が届|を?送信でき|は?配信)|エラー(?:メール|通知)|宛先不明|不達|退信|系统退信|无法(?:投递|送达|传递)|無法(?:傳遞|投遞|送達)|(?:邮件|信件|郵件)?(?:传输|投递|发送|傳送|投遞|寄送)失[败敗]|邮件被退回|郵件被退回|退回|배달(?:되지| 못| 실패)|전송 실패|반송',
];

const FORMS: readonly { readonly family: SubjectFamily; readonly form: RegExp }[] = [
  { family: 'auto_reply', form: begins(AUTO_REPLY) },
  { family: 'delayed', form: begins(DELAYED) },
  { family: 'delivered', form: begins(DELIVERED) },
  { family: 'failed', form: begins(FAILED) },
];

/** The family of a subject that was not quoted from us; null for none. */
export function subjectFamily(subject: string): SubjectFamily | null {
  const start = subject
    .trimStart()
    .slice(0, 200)
    .replace(/^(?:\[[^\]]{0,30}\]|[*!\s"'«【-])+/u, '');
  return FORMS.find(({ form }) => form.test(start))?.family ?? null;
}

/** Whether somebody answers or passes a mail on, so that the rest of the subject is another one's. */
export function isReplySubject(subject: string): boolean {
  return /^\s*(?:re|aw|sv|vs|antw|rif|ref|odp|ynt|ha|回复|回覆|答复|fwd?|wg|tr|rv|i|enc|doorst|pd|转发|轉寄)\s?[:：]/i.test(
    subject,
  );
}

function begins(lines: readonly string[]): RegExp {
  return new RegExp(`^(?:${lines.join('|')})`, 'iu');
}
