/** What mail systems write, one line for each language or kind. Made for texts with single spaces. */

/** It is tried again, so nothing is decided yet. */
const STILL_TRYING = [
  '(?:has|have|was) not (?:yet )?been delivered (?:yet|because the recipient server|after)|has not yet been|not yet (?:been )?delivered|still (?:being )?(?:retried|trying|undelivered|in (?:the )?queue)|will (?:keep|continue)(?: \\S+){0,2} (?:trying|to (?:try|attempt|deliver|be made)|attempt)|continue to (?:try|attempt)|delivery attempts will (?:continue|be)|will be (?:re-?)?tried|will (?:try|retry) again|try again (?:for|until|later until)|(?:delivery|message|mail|e-?mail)(?: \\S+){0,6} (?:is|has been|was) (?:being )?(?:delayed|postponed|deferred)|warning (?:message )?only|(?:do not|don.t|no) need to resend|no action is required|this is just a warning|has been frozen|was frozen on arrival|will be retried',
  'noch nicht zugestellt|weiter(?:hin)? versuch|wird (?:weiter|erneut) versuch|zustellung verz[öo]ger|n.a pas encore|pas encore [ée]t[ée]|nouvelles? tentatives?|tentatives? (?:\\S+ ){0,4}(?:continu|poursui)|a[úu]n no se ha|todav[íi]a no|seguir[áa] intentando|se volver[áa] a intentar|non [èe] ancora|ulteriori tentativi|continuer[àa]|ainda n[ãa]o foi|continuar(?:[áa]|emos)|novas tentativas',
  'nog niet (?:af)?geleverd|nog niet bezorgd|blijven proberen|opnieuw (?:proberen|geprobeerd)|jeszcze nie zosta|nadal (?:b[ęe]dzie )?pr[óo]b|pr[óo]by (?:\\S+ ){0,3}kontynuowane|(?:ещ[её]|пока) не (?:было )?доставлен|попытки (?:\\S+ ){0,3}(?:продолж|будут)|再送(?:を|信)|まだ(?:配信|届)|引き続き|尚未(?:送达|投递|送達)|继续(?:尝试|投递|重试)|繼續(?:嘗試|重試)|아직',
];

/** The reporter has stopped trying. */
const GAVE_UP =
  'given up|gave up|not going to try|permanent(?:ly)? (?:fatal |fail|error|delivery)|failed permanently|failed to deliver|no further (?:delivery )?attempts|has been removed from the (?:mail )?queue|endg[üu]ltig|définitive|definitiv';

/** The mail did not arrive. */
const NOT_DELIVERED = [
  '(?:could ?n.t|could not|can ?not|can.t|was not|was ?n.t|were not|not able to|unable to|not been|not be|fail(?:ed|ure|s)? to|failed) (?:be |to |being )?(?:deliver|send|sent|reach|process|route|accept|post)|undeliver|non-?deliver|did not (?:reach|receive)|delivery (?:to |of |has |error|fail|problem|was )|deliver(?:y|ing) (?:\\S+ ){0,8}(?:failed|failure|error|aborted)|fatal errors?|permanent error|returned (?:mail|because|to you)|has been returned|was rejected|were rejected|been rejected|automatically rejected|(?:is|was|has been) (?:refused|blocked)|bounced|transcript of session|failed (?:recipient|address)|delivery errors|delivery problems|not accepting mail|no valid recipients|not a valid user|does not exist|unknown user|user unknown|no such user|invalid final|mailbox (?:is )?full|quota|error message below|failure reasons|not (?:a )?member of|not allowed to post|trouble delivering|error delivering|not delivered',
  'nicht (?:zugestellt|[üu]bermittelt|ausgeliefert|zustell)|unzustellbar|konnte nicht|fehler bei der|fehlgeschlagen|n.a pas (?:pu|[ée]t[ée])|non (?:remis|d[ée]livr|distribu)|impossible de|[ée]chec|no (?:se )?(?:ha )?(?:pudo|podido|puede)|no (?:fue|ha sido) entregad|non (?:[èe] stato|pu[òo]|recapit)|impossibile|mancat|n[ãa]o (?:foi|p[ôo]de|pode|entregue)|falh',
  'niet (?:worden )?(?:bezorgd|afgeleverd|besteld|geleverd)|kon niet|nie (?:mo[żz]na|zosta[łl]|uda)|niedostarcz|не (?:может быть|было|удалось|доставлен)|невозможно|ошибк|недоставл|配信でき|送信でき|届けでき|届きませ|お届け|失敗|エラー|無法|无法|失败|失敗|退回|被退|없습니다|실패|kunde inte|kunne ikke|ei voitu|nelze|nebylo|teslim edilem|nem (?:lehet|siker)',
];

/** First sentences that only mail systems write. */
const OPENINGS = [
  'this (?:message|e-?mail|mail|report) (?:was|is|has been) (?:created |generated |sent )?(?:an? )?auto|this is (?:an? )?(?:auto|the mail|the (?:post|mailer|qmail|delivery|smtp|deliver|e-?mail system)|a (?:delivery|bounce|non-?deliver|permanent|mime|machine))|this is an? automat|hi\\. this is the|hi! this is the mailer|i.m (?:afraid|sorry)|i am (?:afraid|sorry)|we.re sorry\\. there|sorry,? (?:unable|it was|i|your|that)|your (?:message|mail|e-?mail)(?: message)?(?: \\S+){0,8} (?:could|was|has|did|cannot|can not|can.t|wasn|could ?n.t|is)|the (?:original |following |attached |enclosed )?(?:message|mail|e-?mail|address|recipient)(?: \\S+){0,12} (?:was|were|could|cannot|had|has|did|failed|is)|(?:a|the|this) message(?: \\S+){0,12} could not|message (?:could not|was not|from|cannot)|delivery (?:to|of|has|failed|report|status|has failed|failure|error)|(?:your mail )?could not (?:be )?deliver|unable to deliver|failed to (?:deliver|send)|mail delivery (?:failed|system)|undeliverable|unknown user|invalid final|user mailbox|an error (?:was|has|occurred)|there was an error|we had trouble|we (?:could|were|are)(?: not| unable|n.t)|intended recipient|error:|---|\\*\\*\\*|={5,}|\\|--|your message$|your message to|delivery failed|dear (?:sender|user)|failed recipient|non-?delivery|reason:|mailenable|server (?:error|".+) |mail ?server|you sent mail to|you are not (?:a member|allowed)|reporting-mta|final-recipient|message details',
  'diese (?:nachricht|e-?mail|mail) (?:wurde|ist|konnte)|die (?:folgende |nachricht|e-?mail|mail)|ihre (?:nachricht|e-?mail|mail)|fehler bei|automatisch|ce (?:message|courriel|mail)|votre (?:message|courriel|mail)|le message|l.adresse|este (?:mensaje|mensagem|correo|e-?mail)|esta (?:mensagem|es una)|su (?:mensaje|correo)|sua mensagem|el (?:mensaje|correo)|questo messaggio|il (?:tuo |suo |vostro )?messaggio|deze? (?:bericht|e-?mail|mail)|dit (?:bericht|is)|uw bericht|ta wiadomo|twoja wiadomo|wiadomo|tato zpr',
  'это (?:письмо|сообщение)|ваше (?:письмо|сообщение)|к сожалению|сообщение|この(?:メール|メッセージ)|次の|以下の|送信|あなた|お送り|メール|您(?:的|发|發)|邮件|郵件|抱歉|很抱歉|信件|对不起|이 메일|귀하|메시지',
];

export const STILL_TRYING_FORM = anyOf(STILL_TRYING);
export const GAVE_UP_FORM = anyOf([GAVE_UP]);
export const NOT_DELIVERED_FORM = anyOf(NOT_DELIVERED);
export const OPENING_FORM = new RegExp(`^[^\\p{L}\\p{N}]{0,40}(?:${OPENINGS.join('|')})`, 'iu');

function anyOf(lines: readonly string[]): RegExp {
  return new RegExp(lines.join('|'), 'iu');
}
