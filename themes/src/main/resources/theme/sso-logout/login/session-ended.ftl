<#import "logout-layout.ftl" as layout>
<#assign symbols={
  "expired": "clock", "administrator": "shield", "credential": "shield", "elsewhere": "devices",
  "limit": "devices", "replaced": "devices", "signed_out": "done", "signed_in": "done"
}>
<@layout.page heading=msg("sessionEnded." + sso.notice + ".title") icon=symbols[sso.notice]!"info">
  <div id="kc-info-message">
    <p>${msg("sessionEnded." + sso.notice + ".text")}</p>
    <div class="sso-actions">
      <#if (client.baseUrl)?has_content>
      <#if sso.notice == "signed_in">
      <@layout.link href=client.baseUrl label=msg("backToApp", layout.clientName()) primary=true/>
      <#else>
      <@layout.link href=client.baseUrl label=msg("signInAgainAt", layout.clientName()) primary=true/>
      </#if>
      <#elseif (sso.signInUrl)??>
      <@layout.link href=sso.signInUrl label=(sso.notice == "signed_in")?then(msg("doContinue"), msg("signInAgain")) primary=true/>
      </#if>
    </div>
  </div>
</@layout.page>
